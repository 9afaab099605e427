internal import Bytes
internal import DICOMNetwork
internal import Domain
internal import JSON
internal import Logging
internal import Reactor
internal import Security
internal import Store

/// How an attempt is written down.
extension DeliveryRun {
    /// Writes what became of the delivery; gives it in a word for the metrics.
    func conclude(_ stop: Stop?) async -> String {
        switch stop {
        case .lost: return lost()
        case .draining: return await giveBack()
        case .failed(let error): return await settle(error)
        case nil:
            if let error = journal.transientError { return await settle(error) }
            return await complete(journal.finalState, journal.permanentError)
        }
    }

    private func lost() -> String {
        logger.info("delivery was cancelled or taken over; stopped")
        return "lost"
    }

    private func giveBack() async -> String {
        let (store, lease, progress) = (context.services.store, claim.lease, journal.progress)
        let isKept = await Persistence.keep(held, loop) { () async throws(StoreError) in
            try await store.release(lease, progress)
        }
        logger.info("delivery given back", metadata: ["delivered": "\(journal.done.setCount)"])
        return isKept ? "released" : "lost"
    }

    /// Again later, or given up.
    private func settle(_ error: DeliveryError) async -> String {
        var generator = SystemRandomNumberGenerator()
        let backoff = error.isLaneLevel ? context.settings.laneBackoff : context.settings.backoff
        let laneFailures = claim.laneFailures + 1
        var verdict = backoff.verdict(
            after: error, attempt: claim.attempt, laneFailures: laneFailures, using: &generator)
        if journal.deliveredCount > 0, verdict == .giveUp {
            // It gets on, slowly: that is no reason to give up.
            verdict = .again(after: backoff.delay(failureCount: claim.attempt + 1), countsAttempt: true)
        }
        switch verdict {
        case .giveUp: return await complete(.failed, error)
        case .again(let delay, let counts): return await reschedule(error, delay, countsAttempt: counts)
        }
    }

    private func reschedule(_ error: DeliveryError, _ delay: Duration, countsAttempt: Bool) async -> String {
        var reschedule = DeliveryReschedule(
            after: delay, progress: journal.progress, error: error, countsAttempt: countsAttempt)
        reschedule.attempt = attempt(journal.deliveredCount > 0 ? .partial : .failed, error)
        if journal.deliveredCount > 0 { reschedule.ledger = [ledgerEntry(.waiting, journal.attemptAccount)] }
        let (store, lease, change) = (context.services.store, claim.lease, reschedule)
        let isKept = await Persistence.keep(held, loop) { () async throws(StoreError) in
            try await store.reschedule(lease, change)
        }
        guard isKept else { return lost() }
        logger.warning(
            "delivery waits",
            metadata: [
                "error": "\(error.message)", "advice": "\(error.advice)", "delay": "\(delay)",
                "delivered": "\(journal.done.setCount)", "total": "\(journal.done.count)",
            ])
        return "waiting"
    }

    private func complete(_ state: Delivery.State, _ error: DeliveryError?) async -> String {
        let outcome: Attempt.Outcome = state == .failed ? journal.deliveredCount > 0 ? .partial : .failed : .succeeded
        var completion = DeliveryCompletion(
            state: state, progress: journal.progress, error: state == .failed ? error : nil,
            attempt: attempt(outcome, state == .failed ? error : nil))
        completion.ledger = [ledgerEntry(state, journal.deliveryAccount)]
        completion.webhookEvents = [
            NewWebhookEvent(
                kind: state == .failed ? .deliveryFailed : .deliveryDelivered, payload: payload(state, error))
        ]
        let (store, lease, change) = (context.services.store, claim.lease, completion)
        let isKept = await Persistence.keep(held, loop) { () async throws(StoreError) in
            try await store.complete(lease, change)
        }
        guard isKept else { return lost() }
        forgetArtefacts()
        let level: Logger.Level = state == .failed ? .error : .info
        logger.log(
            level: level, "delivery \(state.rawValue)",
            metadata: [
                "delivered": "\(journal.done.setCount)", "total": "\(journal.done.count)",
                "bytes": "\(journal.byteCount)", "error": "\(error?.message ?? "none")",
                "advice": "\(error?.advice ?? "none")",
            ])
        return state.rawValue
    }

    // MARK: Records

    private func attempt(_ outcome: Attempt.Outcome, _ error: DeliveryError?) -> Attempt {
        let now = Timestamp(microseconds: WallClock.microseconds)
        var attempt = Attempt(id: .v7(at: now), startedAt: started, endedAt: now, outcome: outcome)
        attempt.instancesSent = journal.deliveredCount
        attempt.byteCount = journal.byteCount
        attempt.error = error
        var detail: JSONObject = ["associationsOpened": JSON(associationCount)]
        if let connected = lastConnected {
            detail["address"] = .string(connected.address.description)
            detail["tlsVersion"] = JSON(connected.tls?.version)
            detail["cipher"] = JSON(connected.tls?.cipher)
            let peer = connected.association.negotiated.peer
            detail["peerImplementation"] = JSON(peer.implementationVersionName)
            detail["peerMaximumLength"] = JSON(peer.maximumLength.map { Int($0) })
        }
        attempt.detail = JSON(detail)
        return attempt
    }

    /// The last entry of a delivery speaks of all its instances; those before, of what their attempts brought.
    private func ledgerEntry(_ outcome: Delivery.State, _ account: DeliveryJournal.Account) -> LedgerEntry {
        let now = Timestamp(microseconds: WallClock.microseconds)
        var place = LedgerDestination(
            host: destination.host, port: Int(destination.port), callingAET: destination.callingAE,
            calledAET: destination.calledAE)
        place.tlsVersion = lastConnected?.tls?.version
        place.tlsPeerSHA256 = lastConnected?.tls?.peerCertificate.map { Hex.encode($0.fingerprintSHA256) }
        let keys = LedgerKeys(
            studyInstanceUID: plan.studyInstanceUID, integrationId: plan.integration.id, startedAt: started,
            endedAt: now, manifestDigest: plan.manifest.digest)
        var entry = LedgerEntry(
            id: .v7(at: now), deliveryId: claim.lease.deliveryId, keys: keys, destination: place, outcome: outcome)
        entry.statuses = account.runs
        entry.changes = changes(of: account.delivered)
        entry.instanceCount = account.delivered.count
        entry.byteCount = account.delivered.reduce(0) { $0 + plan.instances[$1].byteCount }
        return entry
    }

    /// What was changed on the way, by the UID as stored; null when nothing was.
    private func changes(of ordinals: [Int]) -> JSON {
        let changes = journal.changes(of: ordinals).map { change -> JSON in
            var object: JSONObject = ["instance": .string(plan.instances[change.ordinal].sopInstanceUID)]
            for member in change.json.object?.members ?? [] { object[member.name] = member.value }
            return JSON(object)
        }
        return changes.isEmpty ? .null : .array(changes)
    }

    private func payload(_ state: Delivery.State, _ error: DeliveryError?) -> JSON {
        [
            "deliveryId": JSON(claim.lease.deliveryId), "studyId": JSON(claim.studyId),
            "studyInstanceUID": .string(plan.studyInstanceUID), "integrationId": JSON(claim.integrationId),
            "state": .string(state.rawValue),
            "instances": [
                "total": JSON(journal.done.count), "delivered": JSON(journal.done.setCount),
                "failed": JSON(journal.progress.exceptions.count { !journal.done[$0.ordinal] }),
            ],
            "lastError": state == .failed ? error?.json ?? .null : .null,
        ]
    }
}

/// Writes that must not get lost while the delivery is ours.
enum Persistence {
    /// Tries until it is written or the lease is gone. False: nothing may be written any more.
    static func keep(
        _ held: HeldDelivery, _ loop: EventLoop, _ write: () async throws(StoreError) -> Void
    ) async -> Bool {
        // As long as a lease lives; whoever takes over then finds the last checkpoint.
        let end = Deadline.after(.seconds(25))
        var mayBeWritten = false
        while true {
            do throws(StoreError) {
                try await write()
                return true
            } catch {
                switch error {
                // Written by the call whose outcome was unknown.
                case .leaseLost: return mayBeWritten
                case .unknownOutcome: mayBeWritten = true
                case .unavailable: break
                default: return false
                }
            }
            if held.isLost || end.isPast { return false }
            await loop.sleep(for: .milliseconds(500))
        }
    }
}
