internal import Glibc

/// Ways to end a process, or to keep it from ending.
enum Misdeed {
    static func commit(_ name: String, _ number: Int) {
        switch name {
        case "segfault": if let p = unsafe UnsafeMutablePointer<UInt8>(bitPattern: 8) { unsafe p.pointee = 1 }
        case "trap": _ = [1, 2, 3][number + 3]
        case "abort": abort()
        case "exit": exit(CInt(number))
        case "hang": while true { _ = poll(nil, 0, -1) }
        case "spin": spin()
        case "bomb": bomb()
        case "garbage": _ = unsafe write(3, "\0\0\0\u{5}hello", 9)
        case "flood": while unsafe write(3, "\u{7F}\u{7F}\u{7F}\u{7F}", 4) > 0 {}
        default: break
        }
    }

    private static func spin() {
        // The signal that ends it cannot be ignored for good: the clock ends it then.
        var x: UInt64 = 1
        while x != 0 { x = x &* 6_364_136_223_846_793_005 | 1 }
    }

    /// Memory as Swift asks for it, which ends the process when there is none.
    private static func bomb() {
        var all: [[UInt8]] = []
        while true { all.append([UInt8](repeating: 1, count: 64 << 20)) }
    }
}
