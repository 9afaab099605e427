internal import CodecProcess
internal import Glibc

// What `causeway codec` is in the product; without that argument, with an engine that misbehaves when it is told to.
let isReal = CommandLine.arguments.contains("codec")
exit(CodecWorker.run(engine: isReal ? TranscoderEngine() : FakeEngine()))
