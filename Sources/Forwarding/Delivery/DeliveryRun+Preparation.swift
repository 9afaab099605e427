internal import DICOM
internal import DICOMNetwork
internal import Domain
internal import Imaging
internal import Logging
internal import Reactor
internal import Store
internal import Synchronization

/// Instances that are prepared while others are sent.
final class PreparingPortion: Sendable {
    private let state = Mutex<[Int: Prepared]?>(nil)
    private let arrived = Wakeup()

    var isDone: Bool { state.withLock { $0 != nil } }

    func finish(_ prepared: [Int: Prepared]) {
        state.withLock { $0 = prepared }
        arrived.fire()
    }

    func wait(on loop: EventLoop) async -> [Int: Prepared] {
        while true {
            if let prepared = state.withLock({ $0 }) { return prepared }
            await arrived.wait(until: .after(.seconds(5)), on: loop)
        }
    }
}

/// Planning and encoding ahead of the association, so that the destination never waits for a codec.
extension DeliveryRun {
    /// What is prepared as one: enough to keep the association busy meanwhile, little enough to begin soon.
    private static let portionCount = 32
    private static let portionByteCount = 64 << 20

    /// Gives every instance its ladder; notes those that cannot be looked at.
    func layLadders(for ordinals: [Int]) async throws(Stop) {
        do throws(StoreError) {
            relations = try await preparation.planner.relations(
                of: ordinals.map { plan.instances[$0] }, inStudy: plan.delivery.studyId)
        } catch {
            throw .failed(
                DeliveryError(
                    .internal, "What the study refers to could not be read: \(error).",
                    advice: "See the log at this time."))
        }
        for ordinal in ordinals {
            let instance = plan.instances[ordinal]
            if instance.mayReferToOthers, try await layRemapped(ordinal) { continue }
            ladders[ordinal] = InstanceLadder(asStored: instance.sopClassUID, in: instance.transferSyntax)
            if preparation.planner.needsLook(instance) {
                if held.isLost { throw .lost }
                _ = await planWhole(ordinal, isFirst: true)
            }
        }
    }

    /// True when references were changed, and so the values to be sent.
    private func layRemapped(_ ordinal: Int) async throws(Stop) -> Bool {
        do throws(DataSourceError) {
            guard let object = try await preparation.remapped(plan.instances[ordinal], relations) else { return false }
            prepared[ordinal] = object
            let targets = [TransferSyntax.explicitVRLittleEndian, .implicitVRLittleEndian]
            ladders[ordinal] = InstanceLadder(
                sopClassUID: plan.instances[ordinal].sopClassUID,
                targets.map { Rung(.reencoded($0), $0, "With references to the images as sent.") }, isWhole: true)
            return true
        } catch {
            noteUnreadable(ordinal, error.reason)
            return true
        }
    }

    /// Replaces a ladder by one that was made from the object; false when there is no way left, which is noted.
    private func planWhole(_ ordinal: Int, isFirst: Bool) async -> Bool {
        let instance = plan.instances[ordinal]
        let transferPlan: TransferPlan
        do throws(DataSourceError) {
            transferPlan = try await preparation.planner.plan(of: instance, relations)
        } catch {
            noteUnreadable(ordinal, error.reason)
            ladders[ordinal] = nil
            return false
        }
        if isFirst {
            ladders[ordinal] = InstanceLadder(
                sopClassUID: instance.sopClassUID, transferPlan.rungs, isWhole: true)
        } else {
            ladders[ordinal]?.extend(with: transferPlan)
        }
        if ladders[ordinal]?.current != nil { return true }
        if isFirst {
            journal.unsendable(
                ordinal,
                DeliveryError(
                    .compression,
                    "Instance \(instance.sopInstanceUID) cannot be sent under the integration's compression: "
                        + transferPlan.notes.joined(separator: " "),
                    advice: "Change the compression or the limits of the integration, then retry the delivery."))
            ladders[ordinal] = nil
        } else {
            noteNotAccepted(ordinal)
        }
        return false
    }

    /// After everything was refused: the ways that only a look at the object can tell. False when there are none, which
    /// is noted.
    func extendLadder(of ordinal: Int) async -> Bool {
        guard let ladder = ladders[ordinal] else { return false }
        if ladder.isWhole {
            noteNotAccepted(ordinal)
            return false
        }
        return await planWhole(ordinal, isFirst: false)
    }

    // MARK: Portions

    /// Neighbours that are prepared together; one portion when nothing has to be.
    func portions(of ordinals: [Int]) -> [[Int]] {
        guard ordinals.contains(where: { ladders[$0]?.recipe != nil }) else { return [ordinals] }
        var portions: [[Int]] = []
        var byteCount = 0
        for ordinal in ordinals {
            if portions.isEmpty || portions[portions.count - 1].count >= Self.portionCount
                || byteCount >= Self.portionByteCount
            {
                portions.append([])
                byteCount = 0
            }
            portions[portions.count - 1].append(ordinal)
            byteCount += plan.instances[ordinal].byteCount
        }
        return portions
    }

    /// Nil when nothing has to be made.
    func startPreparing(_ ordinals: [Int]) -> PreparingPortion? {
        let work = ordinals.compactMap { ordinal -> (Int, Instance, InstanceLadder)? in
            guard let ladder = ladders[ordinal], ladder.recipe != nil, prepared[ordinal]?.serves(ladder.current) != true
            else { return nil }
            return (ordinal, plan.instances[ordinal], ladder)
        }
        guard !work.isEmpty else { return nil }
        let portion = PreparingPortion()
        let preparation = preparation
        loop.spawn {
            let results = await withTaskGroup(of: (Int, Prepared).self) { group in
                for (ordinal, instance, ladder) in work {
                    group.addTask { (ordinal, await preparation.prepare(instance, ladder)) }
                }
                var results: [Int: Prepared] = [:]
                for await (ordinal, prepared) in group { results[ordinal] = prepared }
                return results
            }
            portion.finish(results)
        }
        return portion
    }

    /// Takes what was prepared; meanwhile the association is left to others.
    func finish(_ portion: PreparingPortion) async throws(Stop) {
        if !portion.isDone { leaveSession() }
        for (ordinal, result) in await portion.wait(on: loop).sorted(by: { $0.key < $1.key }) {
            ladders[ordinal] = result.ladder
            switch result.outcome {
            case .ready(let object):
                prepared[ordinal] = object
                if result.ladder.current == nil { noteNothingCouldBeMade(ordinal, result.ladder) }
            case .unsendable(let error):
                logger.error("instance cannot be sent", metadata: ["error": "\(error.message)"])
                journal.unsendable(ordinal, error)
                ladders[ordinal] = nil
            case .deferred(let error):
                logger.warning("instance is left for later", metadata: ["error": "\(error.message)"])
                journal.deferred(error)
                ladders[ordinal] = nil
            }
        }
        if held.isLost { throw .lost }
        if context.isDraining() { throw .draining }
    }

    private func noteNothingCouldBeMade(_ ordinal: Int, _ ladder: InstanceLadder) {
        journal.unsendable(
            ordinal,
            DeliveryError(
                .compression,
                "Instance \(plan.instances[ordinal].sopInstanceUID) could not be encoded: "
                    + ladder.reasons.joined(separator: " "),
                advice: "Change the compression of the integration, or repair the object, then retry the delivery."))
        ladders[ordinal] = nil
    }
}
