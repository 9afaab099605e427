internal import Domain
internal import HTTP1
internal import JSON

/// The Store Instances Response (PS3.18 10.5.3 and table 10.5.3-1) in the DICOM JSON model (PS3.18 annex F).
enum STOWResponse {
    /// 200 when everything is stored, 202 when some is, 409 when nothing is, 503 when that may be otherwise later.
    static func make(_ results: [STOWResult]) -> Response {
        let failed = results.filter { $0.refusal != nil }
        let status: HTTPStatus
        if failed.isEmpty {
            status = .ok
        } else if failed.count < results.count {
            status = .accepted
        } else {
            status = failed.allSatisfy { $0.refusal?.isTransient == true } ? .serviceUnavailable : .conflict
        }
        var response = Response(status, contentType: "application/dicom+json", .bytes(dataSet(results).bytes))
        if status == .serviceUnavailable { response.fields.append("retry-after", "5") }
        return response
    }

    private static func dataSet(_ results: [STOWResult]) -> JSON {
        var referenced: [JSON] = []
        var failed: [JSON] = []
        var others: [JSON] = []
        for result in results {
            switch (result.refusal, result.sopClassUID, result.sopInstanceUID) {
            case (nil, let sopClass?, let sopInstance?):
                referenced.append(JSON(identity(sopClass, sopInstance)))
            case (let refusal?, let sopClass?, let sopInstance?):
                var item = identity(sopClass, sopInstance)
                item.append(reason(refusal))
                failed.append(JSON(item))
            case (let refusal, _, _):
                if let refusal { others.append(JSON(reason(refusal))) }
            }
        }
        var object = JSONObject()
        if !referenced.isEmpty { object["00081199"] = sequence(referenced) }
        if !failed.isEmpty { object["00081198"] = sequence(failed) }
        if !others.isEmpty { object["0008119A"] = sequence(others) }
        return JSON(object)
    }

    private static func sequence(_ items: [JSON]) -> JSON { ["vr": "SQ", "Value": JSON(items)] }

    private static func identity(_ sopClass: String, _ sopInstance: String) -> JSONObject {
        [
            "00081150": ["vr": "UI", "Value": [.string(sopClass)]],
            "00081155": ["vr": "UI", "Value": [.string(sopInstance)]],
        ]
    }

    /// The standard has a number only; the words go into a private block, where strict readers pass over them.
    private static func reason(_ refusal: InstanceRefusal) -> JSONObject {
        [
            "00081197": ["vr": "US", "Value": [JSON(Int(refusal.failureReason))]],
            "00090010": ["vr": "LO", "Value": ["CAUSEWAY"]],
            "00091001": ["vr": "UT", "Value": [.string(refusal.description)]],
        ]
    }
}
