import Bytes

/// Bytes written down for people: hexadecimal, `"text"` as ASCII, and prose after a semicolon.
func golden(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for line in text.split(separator: "\n") {
        let content = line.prefix { $0 != ";" }
        for (i, part) in content.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
            if i % 2 == 1 {
                bytes += Array(part.utf8)
            } else {
                bytes += Hex.decode(part.filter { $0 != " " }) ?? []
            }
        }
    }
    return bytes
}

/// Messages as pynetdicom and DCMTK write them.
enum Golden {
    static let associateRequest = golden(
        """
        01 00 00 00 00 D1                       ; A-ASSOCIATE-RQ, 209 bytes follow
        00 01 00 00                             ; protocol version 1, reserved
        "ANY-SCP         "                      ; called AE title
        "ECHOSCU         "                      ; calling AE title
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        10 00 00 15 "1.2.840.10008.3.1.1.1"     ; application context
        20 00 00 2E 01 00 00 00                 ; presentation context 1
        30 00 00 11 "1.2.840.10008.1.1"         ; abstract syntax: verification
        40 00 00 11 "1.2.840.10008.1.2"         ; transfer syntax: implicit little endian
        50 00 00 3E                             ; user information
        51 00 00 04 00 00 3F FE                 ; maximum length 16382
        52 00 00 20 "1.2.826.0.1.3680043.9.3811.0.9.0"
        55 00 00 0E "PYNETDICOM_090"
        """)

    static let associateAccept = golden(
        """
        02 00 00 00 00 B8                       ; A-ASSOCIATE-AC, 184 bytes follow
        00 01 00 00                             ; protocol version 1, reserved
        "ANY-SCP         "                      ; sent back
        "ECHOSCU         "
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        10 00 00 15 "1.2.840.10008.3.1.1.1"     ; application context
        21 00 00 19 01 00 00 00                 ; presentation context 1, result 0: accepted
        40 00 00 11 "1.2.840.10008.1.2"         ; transfer syntax
        50 00 00 3A                             ; user information
        51 00 00 04 00 00 40 00                 ; maximum length 16384
        52 00 00 1B "1.2.276.0.7230010.3.0.3.6.0"
        55 00 00 0F "OFFIS_DCMTK_360"
        """)

    /// Calling AE title, asynchronous window, roles and user identity: everything that is optional.
    static let userInformation = golden(
        """
        01 00 00 00 00 E2                       ; A-ASSOCIATE-RQ, 226 bytes follow
        00 01 00 00
        "ANY-SCP         "
        "GETSCU          "
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        10 00 00 15 "1.2.840.10008.3.1.1.1"
        20 00 00 2E 01 00 00 00
        30 00 00 11 "1.2.840.10008.1.1"
        40 00 00 11 "1.2.840.10008.1.2"
        50 00 00 4F                             ; user information, 79 bytes
        51 00 00 04 00 00 00 00                 ; maximum length: any
        53 00 00 04 00 05 00 02                 ; asynchronous window 5, 2
        54 00 00 09 00 05 "1.2.3" 00 01         ; role: SCP only
        56 00 00 09 00 05 "1.2.4" AB CD         ; SOP class extended negotiation
        58 00 00 0E 02 01 00 04 "anna" 00 04 "pass"
        57 00 00 0F "something later"           ; kept as data
        """)

    static let reject = golden("03 00 00 00 00 04 00 01 01 07   ; permanent, by the user, called AE title unknown")
    static let releaseRequest = golden("05 00 00 00 00 04 00 00 00 00")
    static let releaseResponse = golden("06 00 00 00 00 04 00 00 00 00")
    static let abort = golden("07 00 00 00 00 04 00 00 02 04       ; by the provider, unrecognized parameter")

    static let echoResponse = golden(
        """
        04 00 00 00 00 54                       ; P-DATA-TF, 84 bytes follow
        00 00 00 50 01 03                       ; PDV of 80 bytes, context 1, command, last
        00 00 00 00 04 00 00 00 42 00 00 00     ; (0000,0000) group length 66
        00 00 02 00 12 00 00 00 "1.2.840.10008.1.1" 00
        00 00 00 01 02 00 00 00 30 80           ; command field: C-ECHO-RSP
        00 00 20 01 02 00 00 00 01 00           ; message ID being responded to
        00 00 00 08 02 00 00 00 01 01           ; no data set
        00 00 00 09 02 00 00 00 00 00           ; status: success
        """)
}
