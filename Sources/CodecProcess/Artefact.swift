package import Imaging

/// An object encoded anew, in a file. While anybody holds it the file stays.
package final class Artefact: Sendable {
    package let path: String
    package let byteCount: Int
    package let report: TranscodeReport
    private let release: @Sendable () -> Void

    init(path: String, byteCount: Int, report: TranscodeReport, release: @escaping @Sendable () -> Void) {
        self.path = path
        self.byteCount = byteCount
        self.report = report
        self.release = release
    }

    deinit { release() }
}
