internal import DICOMNetwork
internal import Domain
internal import Metrics
internal import Reactor
internal import Store

/// The association that a run sends over.
extension DeliveryRun {
    /// The destination as the last association found it.
    var lastConnected: ConnectedAssociation? { lastSession?.session.connected }

    /// An association that proposed these contexts; nil when the destination accepts none of them.
    func session(for contexts: [ContextProposal]) async throws(Stop) -> SessionHandle? {
        if let session, session.covers(contexts), session.session.association.isUsable { return session }
        leaveSession()
        if refusedContexts == Set(contexts) { return nil }
        let key = SessionKey(
            loop: loop, integrationId: plan.integration.id,
            text: CapabilityCache.signature(plan.integration, plan.connection))
        if let parked = context.lot.take(key, covering: contexts) {
            use(parked)
            return parked
        }
        do throws(DestinationError) {
            let opened = try await open(contexts, key)
            associationCount += 1
            use(opened)
            return opened
        } catch {
            if held.isLost { throw .lost }
            guard case .association(.noAcceptedContext) = error.fault else {
                throw .failed(DeliveryError(error, destination))
            }
            refusedContexts = Set(contexts)
            return nil
        }
    }

    private func open(_ contexts: [ContextProposal], _ key: SessionKey) async throws(DestinationError) -> SessionHandle
    {
        let connector = DestinationConnector(on: key.loop, resolver: context.services.resolver)
        let connected = try await connector.connect(to: destination, proposing: contexts)
        context.metrics.associationOpened()
        context.services.capabilities.note(connected.association.negotiated, plan.integration, plan.connection)
        let session = ForwardingSession(
            connected, end: .after(context.settings.timePerAssociation), onEnd: context.metrics.associationEnded)
        return SessionHandle(key, contexts, LoopLocal(key.loop, session))
    }

    private func use(_ handle: SessionHandle) {
        session = handle
        lastSession = handle
        handle.session.studyCount += 1
        handle.session.answerCount = 0
        let (stream, loop) = (handle.session.connected.stream, loop)
        held.onBreakOff { loop.spawn { stream.close() } }
    }

    func leaveSession() {
        held.onBreakOff(nil)
        if let session { context.lot.park(session) }
        session = nil
    }

    /// Decides whether the same object is worth another association; throws when it is not.
    func end(_ handle: SessionHandle, after error: AssociationError) throws(Stop) {
        session = nil
        held.onBreakOff(nil)
        handle.release()
        if held.isLost { throw .lost }
        if case .source = error { return }
        if context.isDraining() { throw .draining }
        // The peer may have closed it while it lingered.
        guard handle.session.studyCount > 1, handle.session.answerCount == 0, !hasReplaced else {
            throw .failed(DeliveryError(duringTransfer: error, destination))
        }
        hasReplaced = true
    }
}
