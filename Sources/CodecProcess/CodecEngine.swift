package import Imaging

/// What a codec process does with an object: the transcoder, or a stand-in where the process itself is tested.
///
/// All numbers are descriptors, and ownership passes: the engine closes them.
package protocol CodecEngine {
    /// - Parameters:
    ///   - input: the object, open for reading.
    ///   - output: an empty file, open for reading and writing.
    ///   - lanes: threads.
    func transcode(
        input: CInt, output: CInt, _ recipe: TranscodeRecipe, lanes: Int
    ) throws(TranscodeError) -> TranscodeReport

    /// What a video encoder must know of a cine before it starts.
    func cine(input: CInt) throws(TranscodeError) -> CineFacts

    /// Writes all frames as RGB, 8 bits, interleaved, without padding, one after the other to a pipe.
    func writeFrames(input: CInt, to pipe: CInt, lanes: Int) throws(TranscodeError)

    /// Makes an object of a video.
    ///
    /// - Parameters:
    ///   - recipe: its parameters are those the video was made with; its gate is to be held.
    ///   - encoder: name and version of the program that made it.
    func wrap(
        _ parts: VideoParts, _ recipe: TranscodeRecipe, encoder: String
    ) throws(TranscodeError) -> TranscodeReport
}

/// What is made into one object, as descriptors.
package struct VideoParts: Sendable {
    /// The object that the frames came from, open for reading.
    package var input: CInt
    /// An empty file, open for reading and writing.
    package var output: CInt
    /// The MP4, open for reading.
    package var video: CInt
    /// A pipe with the frames of the video decoded again, as `writeFrames` writes them; nil when nothing is verified.
    package var decoded: CInt?
}

/// Size, length and speed of a cine.
package struct CineFacts: Sendable, Equatable {
    package var columns: Int
    package var rows: Int
    package var frameCount: Int
    /// From Frame Time (0018,1063), Recommended Display Frame Rate (0008,2144) or Cine Rate (0018,0040).
    package var rate: FrameRate

    package init(columns: Int, rows: Int, frameCount: Int, rate: FrameRate) {
        self.columns = columns
        self.rows = rows
        self.frameCount = frameCount
        self.rate = rate
    }
}
