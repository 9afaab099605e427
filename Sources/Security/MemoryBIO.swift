internal import COpenSSL

/// OpenSSL's way of reading from and writing to memory, lent for the length of one call.
enum MemoryBIO {
    /// Lets `write` print into memory, and gives what it printed.
    static func collect(
        _ operation: String, _ write: (OpaquePointer) throws(SecurityError) -> CInt
    ) throws(SecurityError) -> [UInt8] {
        OpenSSLErrors.clear()
        let bio = unsafe try OpenSSLErrors.check(operation, BIO_new(BIO_s_mem()))
        defer { unsafe BIO_free_all(bio) }
        try OpenSSLErrors.check(operation, unsafe write(bio))
        var data: UnsafeMutablePointer<CChar>?
        let count = unsafe copenssl_bio_mem_data(bio, &data)
        guard let data = unsafe data else { return [] }
        let bytes = unsafe Array(UnsafeRawBufferPointer(start: data, count: count))
        unsafe OPENSSL_cleanse(data, count)
        return bytes
    }

    /// Lends `bytes` for reading.
    static func reading<T>(
        _ bytes: [UInt8], _ body: (OpaquePointer) throws(SecurityError) -> T
    ) throws(SecurityError) -> T {
        OpenSSLErrors.clear()
        let bio = unsafe try OpenSSLErrors.check("read", BIO_new(BIO_s_mem()))
        defer { unsafe BIO_free_all(bio) }
        let count = unsafe BIO_write(bio, bytes, CInt(bytes.count))
        guard count == bytes.count else { throw OpenSSLErrors.failure("read") }
        return unsafe try body(bio)
    }

    /// The DER form that an `i2d_` function writes: called once for the length, once for the bytes.
    static func der(
        _ operation: String, _ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> CInt
    ) throws(SecurityError) -> [UInt8] {
        OpenSSLErrors.clear()
        let count = Int(try OpenSSLErrors.check(operation, encode(nil)))
        return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var position = buffer.baseAddress
            filled = unsafe Int(max(0, encode(&position)))
        }
    }
}
