import Domain
import JSON
import Reactor
import Store
import Testing

@testable import HTTP1

@Suite struct StudiesTests {
    /// A study of two instances in an archive with one destination, its address, and the integration.
    private func scene(_ f: APIFixture) async throws -> (path: String, integration: String) {
        let integration = try await f.integration(over: try await f.connection())
        let archive = try await f.archive(to: [integration])
        return ("/v1/studies/\(try await f.study(in: archive))", integration)
    }

    /// The address of the delivery that saving made.
    private func delivery(_ f: APIFixture, _ study: String) async throws -> String {
        let saved = await f.post(study + "/save")
        return "/v1/deliveries/" + (try #require(saved.json["deliveries"]?[0]?["id"]?.string))
    }

    /// Lets a worker take the delivery and end it.
    private func finish(_ f: APIFixture, _ state: Delivery.State, _ error: DeliveryError? = nil) async throws {
        let claim = try #require(try await f.store.claimDeliveries(owner: APIFixture.newId(), limit: 10).first)
        let plan = try await f.store.loadForwardingPlan(claim.lease)
        let now = Timestamp(microseconds: WallClock.microseconds)
        var attempt = Attempt(
            id: APIFixture.newId(), startedAt: now, endedAt: now, outcome: error == nil ? .succeeded : .failed)
        attempt.error = error
        attempt.detail = ["tls": "TLSv1.3"]
        var done = InstanceBitmap(count: claim.done.count)
        for i in 0..<claim.done.count { done[i] = error == nil || i == 0 }
        var progress = DeliveryProgress(done: done)
        if error != nil { progress.exceptions = [InstanceException(ordinal: 1, status: 0xA900, text: "refused")] }
        var completion = DeliveryCompletion(state: state, progress: progress, error: error, attempt: attempt)
        let keys = LedgerKeys(
            studyInstanceUID: plan.studyInstanceUID, integrationId: plan.integration.id, startedAt: now, endedAt: now,
            manifestDigest: plan.manifest.digest)
        var destination = LedgerDestination(host: "127.0.0.1", port: 2762, callingAET: "A", calledAET: "B")
        destination.tlsVersion = "TLSv1.3"
        var entry = LedgerEntry(
            id: APIFixture.newId(), deliveryId: claim.lease.deliveryId, keys: keys, destination: destination,
            outcome: state)
        entry.statuses = [.init(status: 0, count: 2)]
        completion.ledger = [entry]
        try await f.store.complete(claim.lease, completion)
    }

    private let refusal = DeliveryError(
        .instanceRejected, "The destination refused 1 instance.", advice: "Look at its log.", status: 0xA900)

    // MARK: Studies

    @Test func aStudyIsFoundByEachFilter() async throws {
        try await APIFixture.run { f in
            let (first, second) = (try await f.archive("A"), try await f.archive("B"))
            let old = try await f.study(in: first, uid: "1.2.3", patient: "P1")
            let new = try await f.study(in: second, uid: "1.2.4", patient: "P 2&+")
            _ = await f.post("/v1/studies/\(old)/save")
            let queries: [(String, [String])] = [
                ("", [new, old]), ("?archive=\(first)", [old]), ("?state=saved", [old]), ("?state=receiving", [new]),
                ("?patient=P1", [old]), ("?patient=P+2%26%2B", [new]), ("?studyInstanceUID=1.2.4", [new]),
                ("?date=2026-01-31", [new, old]), ("?date=20260131", [new, old]), ("?date=2026-02-01", []),
                ("?dateFrom=2026-01-31", [new, old]), ("?dateFrom=20260201", []), ("?dateTo=2026-01-30", []),
                ("?dateFrom=20260101&dateTo=20260131", [new, old]), ("?archive=\(first)&patient=P2", []),
                ("?limit=1", [new]),
            ]
            for (query, ids) in queries {
                let answer = await f.get("/v1/studies\(query)")
                #expect(answer.status == 200 && answer.ids == ids, "\(query): \(answer.text)")
            }
        }
    }

    @Test func wrongFiltersAreNamedAtOnce() async throws {
        try await APIFixture.run { f in
            let answer = await f.get(
                "/v1/studies?archive=x&state=lost&date=2026-1-31&dateFrom=yesterday&dateTo=2026013")
            #expect(answer.status == 422)
            #expect(Set(answer.wrongFields) == ["?archive", "?state", "?date", "?dateFrom", "?dateTo"])
        }
    }

    @Test func savingMakesDeliveriesOnce() async throws {
        try await APIFixture.run { f in
            let (path, integration) = try await scene(f)
            let before = await f.get(path)
            #expect(before.json["state"] == "receiving" && before.json["pendingInstances"] == 2)
            #expect(before.json["patient"]?["name"] == "DOE^JANE")
            let saved = await f.post(path + "/save", as: .role(.uploader))
            #expect(saved.status == 200 && saved.json["state"] == "saved" && saved.json["instances"] == 2)
            let deliveries = try #require(saved.json["deliveries"]?.array)
            #expect(deliveries.count == 1 && deliveries[0]["integrationId"] == .string(integration))
            #expect(deliveries[0]["state"] == "ready" && f.nudges.total == 1)
            #expect(await f.post(path + "/save").json["deliveries"] == saved.json["deliveries"])
            #expect(f.nudges.total == 1, "nothing new, nobody woken")
            #expect(await f.post("/v1/studies/\(APIFixture.newId())/save").status == 404)
        }
    }

    @Test func forwardingBeforeSavingIsAConflict() async throws {
        try await APIFixture.run { f in
            let (path, _) = try await scene(f)
            #expect(await f.post(path + "/forward").status == 409)
        }
    }

    @Test func forwardingAgainMakesDeliveriesForWhatHasEnded() async throws {
        try await APIFixture.run { f in
            let (path, integration) = try await scene(f)
            _ = try await delivery(f, path)
            let early = await f.post(path + "/forward")
            #expect(early.status == 202 && early.json == ["deliveries": []], "still under way")
            try await finish(f, .failed, refusal)
            let failed = await f.post(path + "/forward", ["failedOnly": true], as: .role(.operator))
            #expect(failed.status == 202 && failed.json["deliveries"]?[0]?["integrationId"] == .string(integration))
            let id = failed.json["deliveries"]?[0]?["id"]?.string ?? ""
            let again = await f.get("/v1/deliveries/\(id)")
            #expect(
                again.json["replayNumber"] == 1 && again.json["instances"]?["delivered"] == 1, "what arrived is kept")
            try await finish(f, .delivered)
            #expect(await f.post(path + "/forward", ["failedOnly": true]).json == ["deliveries": []])
            let named = await f.post(path + "/forward", ["integrations": [.string(integration)]])
            #expect(named.json["deliveries"]?.array?.count == 1)
        }
    }

    @Test func aWrongSelectionIsNamed() async throws {
        try await APIFixture.run { f in
            let (path, integration) = try await scene(f)
            _ = try await delivery(f, path)
            let cases: [(JSON, [String])] = [
                (["failedOnly": "yes"], ["/failedOnly"]), (["integrations": []], ["/integrations"]),
                (["integrations": ["x"]], ["/integrations/0"]), (["all": true], ["/all"]),
                (["integrations": [.string(integration)], "failedOnly": true], ["/failedOnly"]),
                (["integrations": [.string("\(APIFixture.newId())")]], ["/integrations"]),
            ]
            for (body, fields) in cases {
                let answer = await f.post(path + "/forward", body)
                #expect(answer.status == 422 && answer.wrongFields == fields, "\(answer.text)")
            }
        }
    }

    // MARK: Deliveries

    @Test func aDeliveryTellsWhatDidNotArriveAndWhy() async throws {
        try await APIFixture.run { f in
            let (study, _) = try await scene(f)
            let path = try await delivery(f, study)
            let ready = await f.get(path)
            #expect(ready.status == 200 && ready.json["state"] == "ready" && ready.json["lastError"] == .null)
            #expect(ready.json["instances"] == ["total": 2, "delivered": 0, "failed": 0, "warned": 0])
            try await finish(f, .failed, refusal)
            let failed = await f.get(path)
            #expect(failed.json["state"] == "failed" && failed.json["lastError"]?["class"] == "instanceRejected")
            #expect(
                failed.json["lastError"]?["advice"] == "Look at its log." && failed.json["attempts"]?.array?.count == 1)
            let details = try #require(failed.json["details"]?.array)
            #expect(details.map { $0["state"] } == ["delivered", "failed"] && details[1]["status"] == 0xA900)
        }
    }

    @Test func deliveriesAreFoundByEachFilter() async throws {
        try await APIFixture.run { f in
            let (study, integration) = try await scene(f)
            let id = try await delivery(f, study).split(separator: "/").last.map(String.init) ?? ""
            let studyId = study.split(separator: "/").last ?? ""
            let none = APIFixture.newId()
            let queries: [(String, [String])] = [
                ("", [id]), ("?state=ready", [id]), ("?state=failed", []), ("?study=\(studyId)", [id]),
                ("?study=\(none)", []), ("?integration=\(integration)", [id]), ("?integration=\(none)", []),
                ("?since=2020-01-01T00:00:00Z", [id]), ("?since=2100-01-01T00:00:00Z", []),
            ]
            for (query, ids) in queries {
                let answer = await f.get("/v1/deliveries\(query)")
                #expect(answer.status == 200 && answer.ids == ids, "\(query): \(answer.text)")
            }
            let wrong = await f.get("/v1/deliveries?state=lost&study=x&integration=y&since=now")
            #expect(Set(wrong.wrongFields) == ["?state", "?study", "?integration", "?since"])
        }
    }

    @Test func aFailedDeliveryIsTriedAgain() async throws {
        try await APIFixture.run { f in
            let (study, _) = try await scene(f)
            let path = try await delivery(f, study)
            try await finish(f, .failed, refusal)
            let woken = f.nudges.total
            let retried = await f.post(path + "/retry", as: .role(.operator))
            #expect(retried.status == 200 && retried.json["state"] == "ready" && f.nudges.total == woken + 1)
            try await finish(f, .delivered)
            let late = await f.post(path + "/retry")
            #expect(late.status == 409 && late.problem == "conflict")
            #expect(await f.post("/v1/deliveries/\(APIFixture.newId())/retry").status == 404)
        }
    }

    @Test func aDeliveryIsCancelledOnce() async throws {
        try await APIFixture.run { f in
            let (study, _) = try await scene(f)
            let path = try await delivery(f, study)
            let cancelled = await f.post(path + "/cancel", as: .role(.operator))
            #expect(cancelled.status == 200 && cancelled.json["state"] == "cancelled")
            #expect(await f.post(path + "/cancel").status == 409)
            #expect(await f.post(path + "/retry").json["state"] == "ready", "it may be taken up again")
        }
    }

    // MARK: Ledger

    @Test func theLedgerProvesIt() async throws {
        try await APIFixture.run { f in
            let (study, integration) = try await scene(f)
            let id = try await delivery(f, study).split(separator: "/").last ?? ""
            #expect(await f.get("/v1/ledger").ids.isEmpty)
            try await finish(f, .delivered)
            let ledger = await f.get("/v1/ledger", as: .role(.viewer))
            #expect(ledger.ids.count == 1 && ledger.json["items"]?[0]?["outcome"] == "delivered")
            #expect(ledger.json["items"]?[0]?["destination"]?["tlsVersion"] == "TLSv1.3")
            for query in [
                "delivery=\(id)", "studyInstanceUID=1.2.3", "integration=\(integration)", "since=2020-01-01T00:00:00Z",
            ] {
                #expect(await f.get("/v1/ledger?\(query)").ids == ledger.ids, "\(query)")
            }
            for query in ["delivery=\(APIFixture.newId())", "studyInstanceUID=1.2", "since=2100-01-01T00:00:00Z"] {
                #expect(await f.get("/v1/ledger?\(query)").ids.isEmpty, "\(query)")
            }
            #expect(await f.get("/v1/ledger?delivery=x").wrongFields == ["?delivery"])
            #expect(try await f.neighbor().get("/v1/ledger").ids.isEmpty)
        }
    }
}
