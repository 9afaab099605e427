import Testing

/// Words that may not stand in the code, or only in some targets.
@Suite struct LanguageTests {
    private let sources = SourceTree.shared.sources

    /// Bytes, the loop, and the owners of a door to C.
    private let lowLevel: Set<String> = [
        "Bytes", "Reactor", "DICOM", "Imaging", "Security", "Postgres", "Outbound", "EmbeddedPostgres", "CodecProcess",
        "BlobStore",
    ]

    private func hits(_ pattern: some RegexComponent, where include: (SwiftSource) -> Bool = { _ in true }) -> [String]
    {
        sources.filter(include).flatMap { $0.hits(pattern) }
    }

    @Test func unsafeStandsOnlyWhereBytesOrCAreTouched() {
        #expect(hits(/\bunsafe\b/) { !lowLevel.contains($0.target) } == [])
    }

    @Test func uncheckedSendableStandsOnlyThereToo() {
        #expect(hits(/@unchecked\s+Sendable/) { !lowLevel.contains($0.target) } == [])
    }

    @Test func nothingIsPublic() {
        #expect(
            hits(/\b(public|open)\s+(func|var|let|struct|class|enum|protocol|init|actor|extension|typealias|import)\b/)
                == [])
    }

    @Test func onlyTheExecutablePrints() {
        #expect(hits(/\b(debugPrint|print|dump)\(/) { $0.target != "causeway" } == [])
    }

    @Test func nothingCrashesOnPurpose() {
        #expect(hits(/\btry!|\bas!|\b(fatalError|assertionFailure)\(/) == [])
    }

    @Test func nothingIsForceUnwrapped() {
        #expect(hits(/[\w)\]?]!(?!=)/) == [])
    }

    @Test func noTaskLeavesItsLoop() {
        #expect(hits(/\bTask\.sleep\b|\bThread\.sleep\b|\busleep\(|\bDispatchQueue\b/) == [])
    }

    @Test func foundationStaysOut() {
        let below = sources.filter { !["Server", "causeway"].contains($0.target) }
        #expect(
            below.filter { !$0.imports.isDisjoint(with: ["Foundation", "FoundationEssentials", "Dispatch"]) }.map(
                \.path) == [])
    }

    @Test func nothingIsLeftForLater() {
        let marks = sources.flatMap { file in
            file.lines.indices.filter { file.lines[$0].firstMatch(of: /\b(TODO|FIXME|XXX|HACK)\b/) != nil }
                .map { "\(file.path):\($0 + 1)" }
        }
        #expect(marks == [])
    }

    /// Where the integration tests look again and again whether another process has come so far: the only thing there
    /// is to wait for is time.
    private let polls: Set<String> = [
        "Tests/IntegrationTests/Child.swift", "Tests/IntegrationTests/RunningServer.swift",
    ]

    @Test func testsDoNotSleep() {
        // The loop's own sleep is what ReactorTests test; it runs on the loop's clock.
        let found = SourceTree.shared.tests.filter { $0.target != "TidyTests" && !polls.contains($0.path) }
            .flatMap { $0.hits(/\bTask\.sleep\b|\bThread\.sleep\b|\b(usleep|nanosleep)\(|(?:^|[^.\w])sleep\(/) }
        #expect(found == [])
    }
}
