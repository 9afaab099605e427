/// A-RELEASE-RQ and A-RELEASE-RP, PS3.8 9.3.6 and 9.3.7: nothing but a header and four reserved bytes.
///
///     OFFSET  SIZE  FIELD      NOTE
///     0       6     header     type 5 or 6, length 4
///     6       4     reserved
package enum Release {
    package static let request = bytes(.releaseRequest)
    package static let response = bytes(.releaseResponse)

    private static func bytes(_ type: PDUType) -> [UInt8] { [type.rawValue, 0, 0, 0, 0, 4, 0, 0, 0, 0] }
}
