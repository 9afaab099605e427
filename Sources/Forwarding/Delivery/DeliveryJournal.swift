internal import DICOMNetwork
internal import Domain
internal import Reactor
internal import Store

/// What is known of a delivery's instances while it is worked on. Pure bookkeeping.
struct DeliveryJournal {
    private(set) var done: InstanceBitmap
    private var exceptions: [Int: InstanceException] = [:]
    /// How instances went out otherwise than stored, earlier attempts included.
    private var changes: [Int: InstanceChange] = [:]
    /// Those that no snapshot held yet.
    private var unsavedChanges = Set<Int>()
    /// Answers of this attempt, in the order of the manifest once sorted.
    private var statuses: [Int: UInt16] = [:]
    /// Answered or given up since the last snapshot.
    private(set) var unsavedCount = 0
    private(set) var deliveredCount = 0
    private(set) var byteCount = 0
    /// The first reason why an instance will not arrive.
    private(set) var permanentError: DeliveryError?
    /// An instance may be taken later.
    private(set) var transientError: DeliveryError?
    private let processingFailuresMax: Int

    /// - Parameter isFresh: earlier failures are forgotten: the delivery begins anew, or a person asked for a retry.
    init(
        done: InstanceBitmap, exceptions: [InstanceException], changes: [InstanceChange] = [], isFresh: Bool,
        processingFailuresMax: Int
    ) {
        self.done = done
        self.processingFailuresMax = processingFailuresMax
        for change in changes where 0..<done.count ~= change.ordinal && done[change.ordinal] {
            self.changes[change.ordinal] = change
        }
        for exception in exceptions where 0..<done.count ~= exception.ordinal {
            if done[exception.ordinal] || !isFresh { self.exceptions[exception.ordinal] = exception }
        }
        for exception in self.exceptions.values.sorted(by: { $0.ordinal < $1.ordinal })
        where !done[exception.ordinal] && !isRetryable(exception) {
            permanentError = permanentError ?? Self.refusal(exception.status, exception.text)
        }
    }

    /// Ordinals still to be sent.
    var open: [Int] {
        done.missing.filter { ordinal in exceptions[ordinal].map(isRetryable) ?? true }
    }

    private func isRetryable(_ exception: InstanceException) -> Bool {
        DIMSEStatus(rawValue: exception.status).classification == .transient
            && exception.attempts < processingFailuresMax
    }

    /// All that is known.
    var progress: DeliveryProgress { progress(changes: changes.keys) }

    /// As `progress`, of the changes only those that no snapshot held before: a snapshot that was lost is made up for
    /// by the last one, which holds all.
    mutating func takeSnapshot() -> DeliveryProgress {
        defer {
            unsavedChanges = []
            unsavedCount = 0
        }
        return progress(changes: unsavedChanges)
    }

    private func progress(changes ordinals: some Sequence<Int>) -> DeliveryProgress {
        DeliveryProgress(
            done: done, exceptions: exceptions.values.sorted { $0.ordinal < $1.ordinal },
            changes: changes(of: ordinals))
    }

    /// In the order of the manifest.
    func changes(of ordinals: some Sequence<Int>) -> [InstanceChange] { ordinals.sorted().compactMap { changes[$0] } }

    /// What an entry of the ledger says of some instances.
    struct Account: Equatable {
        /// Runs of equal statuses, in the order of the manifest.
        var runs: [LedgerEntry.StatusRun] = []
        /// Those that arrived, ascending.
        var delivered: [Int] = []
    }

    /// Of this attempt alone.
    var attemptAccount: Account { account(statuses) }

    /// Of the whole delivery, attempts of lost workers included. Instances without any answer are not in it.
    var deliveryAccount: Account {
        var all = statuses
        for ordinal in 0..<done.count where done[ordinal] { all[ordinal] = exceptions[ordinal]?.status ?? 0 }
        for exception in exceptions.values where exception.status != 0 { all[exception.ordinal] = exception.status }
        return account(all)
    }

    private func account(_ statuses: [Int: UInt16]) -> Account {
        var account = Account()
        for (ordinal, status) in statuses.sorted(by: { $0.key < $1.key }) {
            if done[ordinal] { account.delivered.append(ordinal) }
            if let last = account.runs.last, last.status == status {
                account.runs[account.runs.count - 1] = .init(status: status, count: last.count + 1)
            } else {
                account.runs.append(.init(status: status, count: 1))
            }
        }
        return account
    }

    /// The state that the delivery ends in when nothing is left to be sent.
    var finalState: Delivery.State {
        if !done.isFull { return .failed }
        return exceptions.isEmpty ? .delivered : .deliveredWithWarnings
    }

    // MARK: Events

    /// It arrived; `change` says how, unless it is as it was stored.
    mutating func delivered(
        _ ordinal: Int, _ status: DIMSEStatus, _ comment: String?, byteCount: Int, change: InstanceChange? = nil
    ) {
        done[ordinal] = true
        if let change {
            changes[ordinal] = change
            unsavedChanges.insert(ordinal)
        }
        exceptions[ordinal] = nil
        if status != .success {
            exceptions[ordinal] = InstanceException(
                ordinal: ordinal, status: status.rawValue, text: Self.words(status, comment))
        }
        statuses[ordinal] = status.rawValue
        deliveredCount += 1
        self.byteCount += byteCount
        unsavedCount += 1
    }

    /// The destination will not take it.
    mutating func refused(_ ordinal: Int, _ status: DIMSEStatus, _ comment: String?, offers: Int) {
        statuses[ordinal] = status.rawValue
        note(ordinal, status, Self.words(status, comment), offers)
        permanentError = permanentError ?? Self.refusal(status.rawValue, Self.words(status, comment))
    }

    /// It may be taken later; after too many times it counts as refused.
    mutating func postponed(_ ordinal: Int, _ status: DIMSEStatus, _ comment: String?) {
        statuses[ordinal] = status.rawValue
        note(ordinal, status, Self.words(status, comment), 1)
        guard let exception = exceptions[ordinal], isRetryable(exception) else {
            permanentError = permanentError ?? Self.refusal(status.rawValue, Self.words(status, comment))
            return
        }
        transientError = DeliveryError(
            .instanceRejected, "An instance was not taken: \(Self.words(status, comment)).",
            advice: "Nothing for now: it is tried again; if it stays so, look into the log of the PACS.",
            status: status.rawValue)
    }

    /// It was not sent, and may be later.
    mutating func deferred(_ error: DeliveryError) { transientError = error }

    /// It was never sent.
    mutating func unsendable(_ ordinal: Int, _ error: DeliveryError) {
        exceptions[ordinal] = InstanceException(ordinal: ordinal, status: 0, text: error.message)
        permanentError = permanentError ?? error
        unsavedCount += 1
    }

    private mutating func note(_ ordinal: Int, _ status: DIMSEStatus, _ text: String, _ offers: Int) {
        let before = exceptions[ordinal]?.attempts ?? 0
        exceptions[ordinal] = InstanceException(
            ordinal: ordinal, status: status.rawValue, attempts: before + offers, text: text)
        unsavedCount += 1
    }

    private static func words(_ status: DIMSEStatus, _ comment: String?) -> String {
        guard let comment, !comment.isEmpty else { return status.description }
        return "\(status): \(comment)"
    }

    private static func refusal(_ status: UInt16, _ words: String) -> DeliveryError {
        if status == 0 {
            return DeliveryError(
                .instanceRejected, words, advice: "See the instances of the delivery for what each one lacks.")
        }
        return DeliveryError(
            .instanceRejected, "The destination refused an instance: \(words).",
            advice: "Look up the instance in the log of the PACS, correct what it complains about, then retry.",
            status: status)
    }
}
