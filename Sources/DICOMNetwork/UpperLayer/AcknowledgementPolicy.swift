/// Whether what the peer sends is acknowledged at once (TCP_QUICKACK), learned from its responses.
///
/// Receivers exist that write a response in two pieces and leave Nagle's algorithm on: the second piece waits for the
/// acknowledgement of the first, which the kernel likes to hold back for 40 ms. To acknowledge at once costs a system
/// call and a packet for each response, an eighth of what a small object costs: a peer that answers in one piece, and
/// swiftly, is spared it.
struct AcknowledgementPolicy {
    private(set) var isAtOnce = true
    private var wholeInARow = 0
    private var isSettled = false

    /// Both pieces are often there before we have looked. The 40 ms that a wrong guess costs, once, must be little
    /// against what was sent before.
    static let wholeEnough = 128
    /// Half of what the kernel holds an acknowledgement back.
    static let suspiciousNanoseconds: UInt64 = 20_000_000

    mutating func responded(inPieces: Bool, afterNanoseconds: UInt64) {
        if isSettled { return }
        if inPieces || (!isAtOnce && afterNanoseconds >= Self.suspiciousNanoseconds) {
            isAtOnce = true
            isSettled = true
        } else if isAtOnce {
            wholeInARow += 1
            if wholeInARow == Self.wholeEnough { isAtOnce = false }
        }
    }
}
