/// What a cine is that becomes H.264, and how fine. Equal settings and frames give equal bytes with the same encoder.
package struct VideoSettings: Sendable, Equatable {
    /// Both even: the chroma samples stand for two by two pixels.
    package var columns: Int
    package var rows: Int
    /// Frames per second, as `numerator/denominator` that a cine can have.
    package var rate: FrameRate
    /// Constant rate factor, 0...51.
    package var crf: Int
    package var isLevel42 = false
    /// Of x264: how much work to put into fewer bytes.
    package var preset = Preset.medium

    package enum Preset: String, Sendable, CaseIterable { case veryfast, fast, medium, slow }

    /// Nil for sizes that are odd or too large for any level, and for a factor out of range.
    package init?(columns: Int, rows: Int, rate: FrameRate, crf: Int) {
        guard columns % 2 == 0, rows % 2 == 0, 2...4096 ~= columns, 2...4096 ~= rows, 0...51 ~= crf else { return nil }
        self.columns = columns
        self.rows = rows
        self.rate = rate
        self.crf = crf
    }

    /// Bytes of one frame as it goes to the encoder and comes from the decoder: RGB, interleaved.
    package var frameByteCount: Int { columns * rows * 3 }
}

/// Frames per second as a fraction, as times of frames in DICOM are decimals that no whole number expresses.
package struct FrameRate: Sendable, Hashable, CustomStringConvertible {
    package let numerator: Int
    package let denominator: Int

    /// Nil unless both are 1 to 1,000,000.
    package init?(_ numerator: Int, _ denominator: Int = 1) {
        guard 1...1_000_000 ~= numerator, 1...1_000_000 ~= denominator else { return nil }
        self.numerator = numerator
        self.denominator = denominator
    }

    package var description: String { "\(numerator)/\(denominator)" }
}
