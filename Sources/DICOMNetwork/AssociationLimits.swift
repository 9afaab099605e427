/// Every number of the DICOM network protocol that is ours to choose.
package enum AssociationLimits {
    /// What we announce: a peer may send P-DATA-TF PDUs of this length, the six bytes of header not counted.
    package static let pduLengthAnnounced = 128 * 1024
    /// What we accept all the same: peers exist that mistake their own maximum for ours, and data is streamed anyway.
    package static let pduLengthAccepted = 1024 * 1024
    /// What we send to a peer that sets no limit or a larger one.
    package static let pduLengthSent = 128 * 1024
    /// The least that a peer may announce: one item header and two bytes of data.
    package static let pduLengthLeast = 8
    /// A-ASSOCIATE-RQ and A-ASSOCIATE-AC. 128 contexts with each of the 45 transfer syntaxes, as pynetdicom can be told
    /// to propose, are 160 KiB.
    package static let associateLengthMax = 256 * 1024
    /// Identifiers are the odd numbers from 1 to 255.
    package static let contextsMax = 128
    package static let transferSyntaxesMax = 64
    /// A command set; real ones have about 200 bytes.
    package static let commandByteCountMax = 16 * 1024
    package static let uidByteCountMax = 64
    package static let aeTitleByteCount = 16
    /// Sent in one write when the peer's PDUs are small.
    package static let batchByteCount = 128 * 1024
    /// Room for two full PDUs of a sender.
    package static let receiveBufferByteCount = 256 * 1024 + 64
    /// Responses are small.
    package static let responseBufferByteCount = 16 * 1024
}

/// UIDs that the upper layer itself must know.
package enum WellKnownUID {
    package static let applicationContext = "1.2.840.10008.3.1.1.1"
    package static let verification = "1.2.840.10008.1.1"
    package static let implicitVRLittleEndian = "1.2.840.10008.1.2"
    package static let explicitVRLittleEndian = "1.2.840.10008.1.2.1"
}
