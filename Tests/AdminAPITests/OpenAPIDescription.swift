import Foundation
import HTTP1
import JSON
import Yams

/// openapi.yaml, as far as answers can be held against it.
struct OpenAPIDescription: Sendable {
    static let shared = OpenAPIDescription()

    private let root: JSON

    private init() {
        let folder = "\(#filePath)".split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        let path = folder.joined(separator: "/") + "/openapi.yaml"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        root = (try? Yams.compose(yaml: text)).flatMap { $0 }.map(Self.json) ?? .null
    }

    private static func json(_ node: Node) -> JSON {
        switch node {
        case .mapping(let mapping):
            var object = JSONObject()
            for (key, value) in mapping { object[key.string ?? ""] = json(value) }
            return JSON(object)
        case .sequence(let items): return .array(items.map(json))
        default:
            if node.tag.description.hasSuffix(":str") { return .string(node.string ?? "") }
            if let flag = node.bool { return .bool(flag) }
            if let number = node.int { return JSON(number) }
            return node.null != nil ? .null : .string(node.string ?? "")
        }
    }

    struct Operation {
        let method: String
        let path: String
        let json: JSON
        let queryNames: Set<String>

        var name: String { "\(method) \(path)" }
    }

    var operations: [Operation] {
        (root["paths"]?.object?.members ?? []).flatMap { path in
            let shared = path.value["parameters"]?.array ?? []
            return (path.value.object?.members ?? []).filter { $0.name != "parameters" }.map { member in
                let parameters = (shared + (member.value["parameters"]?.array ?? [])).map(resolved)
                let query = parameters.filter { $0["in"]?.string == "query" }.compactMap { $0["name"]?.string }
                return Operation(
                    method: member.name.uppercased(), path: path.name, json: member.value, queryNames: Set(query))
            }
        }
    }

    /// What of an answer is not as described. Any call may be refused for its key or its size, or meet
    /// a defect.
    func deviations(_ method: HTTPMethod, _ path: String, _ answer: Answer) -> [String] {
        let operation = root["paths"]?[path]?[method.rawValue.lowercased()]
        guard let operation else { return method == .head ? [] : ["is not described"] }
        if [304, 401, 405, 413, 500].contains(answer.status) { return [] }
        guard let response = operation["responses"]?["\(answer.status)"].map(resolved) else {
            return ["the status is not described: \(answer.text)"]
        }
        guard let content = response["content"] else {
            return answer.body.isEmpty ? [] : ["has a body that is not described"]
        }
        let type = (answer.fields["content-type"] ?? "").replacingOccurrences(of: "; charset=utf-8", with: "")
        guard let schema = content[type]?["schema"] else { return ["type \(type) is not described"] }
        return type.hasSuffix("json") ? violations(of: schema, answer.json, "") : []
    }

    // MARK: Schemas

    private func resolved(_ json: JSON) -> JSON {
        guard let reference = json["$ref"]?.string else { return json }
        return reference.split(separator: "/").dropFirst().reduce(root) { $0[String($1)] ?? .null }
    }

    /// What in `value` is not as `schema` says; members that are not described count too.
    func violations(of schema: JSON, _ value: JSON, _ path: String) -> [String] {
        let schema = resolved(schema)
        if schema.isNull { return ["\(path): its schema is missing"] }
        if let options = schema["oneOf"]?.array {
            return options.contains { violations(of: $0, value, path).isEmpty } ? [] : ["\(path): fits none of oneOf"]
        }
        var errors = typeErrors(schema, value, path)
        if let allowed = schema["enum"]?.array, !allowed.contains(value) {
            errors.append("\(path): \(value) is not in enum")
        }
        if let items = schema["items"], let elements = value.array {
            for (i, element) in elements.enumerated() { errors += violations(of: items, element, "\(path)/\(i)") }
        }
        let parts = parts(of: schema)
        guard let object = value.object, parts.contains(where: { $0["properties"] != nil }) else { return errors }
        let isOpen = path.isEmpty && parts.contains { $0["properties"]?["requestId"] != nil }
        let required = parts.flatMap { $0["required"]?.array ?? [] }.compactMap(\.string)
        errors += required.filter { object[$0] == nil }.map { "\(path)/\($0) is missing" }
        for member in object.members {
            let property = parts.compactMap { $0["properties"]?[member.name] }.first
            guard let property else {
                if !isOpen { errors.append("\(path)/\(member.name) is not described") }
                continue
            }
            errors += violations(of: property, member.value, "\(path)/\(member.name)")
        }
        return errors
    }

    private func parts(of schema: JSON) -> [JSON] {
        guard let all = schema["allOf"]?.array else { return [schema] }
        return all.flatMap { parts(of: resolved($0)) }
    }

    private func typeErrors(_ schema: JSON, _ value: JSON, _ path: String) -> [String] {
        guard let type = schema["type"] else { return [] }
        let names = (type.array ?? [type]).compactMap(\.string)
        let own: Set<String> =
            switch value {
            case .null: ["null"]
            case .bool: ["boolean"]
            case .int: ["integer", "number"]
            case .double: ["number"]
            case .string: ["string"]
            case .array: ["array"]
            case .object: ["object"]
            }
        return own.isDisjoint(with: names) ? ["\(path) is of type \(own), not \(names)"] : []
    }
}
