internal import Glibc

/// Strings as the exec family of calls takes them.
package enum CStringVector {
    /// Lends the strings as C has them, ended by a null pointer. The pointers are valid during the call only.
    package static func lend<T>(
        _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> T
    ) -> T {
        let vector = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
        for (i, text) in strings.enumerated() { unsafe vector.advanced(by: i).initialize(to: strdup(text)) }
        unsafe vector.advanced(by: strings.count).initialize(to: nil)
        defer {
            for i in strings.indices { unsafe free(vector[i]) }
            unsafe vector.deallocate()
        }
        return unsafe body(vector)
    }
}
