import Bytes
import JSON
import Reactor
import Testing
import TestSupport

@testable import HTTP1

@Suite struct RouteTreeTests {
    private let tree = RouteTree(
        [
            (.get, "/"), (.get, "/v1/items"), (.post, "/v1/items"), (.get, "/v1/items/{id}"), (.get, "/v1/items/new"),
            (.post, "/v1/items/new/{x}"), (.get, "/v1/{kind}/{id}/parts/{part}"),
        ].map { (method: HTTPMethod, pattern: String) in Route(method, pattern) { _ in Response(.ok) } })

    @Test(
        arguments: [
            ([""], [0], []), (["v1", "items"], [1, 2], []), (["v1", "items", "7"], [3], ["7"]),
            (["v1", "items", "new"], [4], []), (["v1", "items", "new", "a"], [5], ["a"]),
            // The literal "items" leads nowhere here: the way back finds {kind}.
            (["v1", "items", "7", "parts", "9"], [6], ["items", "7", "9"]),
        ] as [([String], [Int], [String])])
    func match(_ segments: [String], _ routes: [Int], _ captures: [String]) {
        let match = tree.find(segments)
        #expect(match?.routes == routes)
        #expect(match?.captures == captures)
    }

    @Test(
        arguments: [[], ["v1"], ["v1", "items", ""], ["V1", "items"], ["v1", "items", "7", "parts"]] as [[String]])
    func noMatch(_ segments: [String]) {
        #expect(tree.find(segments)?.routes == nil)
    }
}

@Suite struct RouterTests {
    @Test func unknownAddressIs404AndConnectionGoesOn() async throws {
        try await withServer { live in
            let client = try await live.connect()
            defer { client.close() }
            try await client.send("GET /missing HTTP/1.1\r\nHost: a\r\nX-Request-Id: r1\r\n\r\n" + .get)
            let answer = try await client.read()
            #expect(answer.status == 404)
            #expect(answer.has("content-type: application/problem+json"))
            let json = try JSON(parsing: answer.body)
            #expect(json["type"] == "urn:causeway:problem:not-found")
            #expect(json["requestId"] == "r1")
            #expect(json["status"] == 404)
            #expect(try await client.read().status == 200)
        }
    }

    @Test(arguments: [("DELETE /hello", 405), ("OPTIONS /hello", 204), ("OPTIONS *", 204)])
    func methodsOfAnAddress(_ line: String, _ status: Int) async throws {
        try await withServer { live in
            let text = try await live.exchange("\(line) HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            #expect(text.hasPrefix("HTTP/1.1 \(status) "))
            if !line.hasSuffix("*") { #expect(text.contains("allow: GET, HEAD, OPTIONS\r\n")) }
        }
    }

    @Test func capturesAreDecoded() async throws {
        try await withServer { live in
            let text = try await live.exchange("GET /items/a%2Fb%20%C3%A9 HTTP/1.0\r\n\r\n")
            #expect(text.hasSuffix("\r\n\r\na/b é"))
        }
    }
}

@Suite struct ProblemTests {
    @Test func membersFollowTheStandard() {
        var problem = Problem(
            "invalid", .unprocessableContent, detail: "One field is wrong.",
            errors: [FieldError(path: "host", message: "is empty")])
        problem.members = ["steps": [], "status": 1]
        #expect(
            problem.json(requestID: "r").text == """
                {"type":"urn:causeway:problem:invalid","title":"Unprocessable Content","status":422,\
                "detail":"One field is wrong.","errors":[{"field":"host","message":"is empty"}],\
                "steps":[],"requestId":"r"}
                """)
    }

    @Test(arguments: HTTPRefusal.allCases)
    func everyRefusalHasAnAnswer(_ refusal: HTTPRefusal) {
        let problem = Problem(refusal)
        #expect((400..<600).contains(problem.status.code))
        #expect(!problem.detail.isEmpty)
    }
}
