// swift-tools-version: 6.2
import PackageDescription

/// The one list of compiler settings: see docs/architecture.md for the levels and who may import whom.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableExperimentalFeature("Lifetimes"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
]

let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

func library(_ name: String, _ dependencies: Target.Dependency..., optimized: Bool = false) -> Target {
    let flags: [SwiftSetting] = optimized ? [.unsafeFlags(["-O"], .when(configuration: .debug))] : []
    return .target(name: name, dependencies: dependencies, swiftSettings: settings + flags)
}

func tests(_ name: String, _ dependencies: Target.Dependency..., exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings)
}

let package = Package(
    name: "causeway",
    products: [.executable(name: "causeway", targets: ["causeway"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // L0: doors to C, no logic
        .target(name: "CLinux"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(
            name: "CTurboJPEG", pkgConfig: "libturbojpeg",
            providers: [.apt(["libturbojpeg0-dev", "libjpeg62-turbo-dev"])]),
        .systemLibrary(name: "COpenJPEG", pkgConfig: "libopenjp2", providers: [.apt(["libopenjp2-7-dev"])]),
        .systemLibrary(name: "CCharLS", pkgConfig: "charls", providers: [.apt(["libcharls-dev"])]),
        // L1: bytes and text
        library("Bytes"),
        library("JSON"),
        library("Metrics"),
        // L2: the event loop; the data format; nouns and rules
        library("Reactor", "Bytes", "CLinux"),
        library("DICOM", "Bytes", "CZlib"),
        library("Domain", "JSON"),
        // L3: protocols, pixels, engines on C libraries
        library("HTTP1", "Bytes", "JSON", "Reactor", logging),
        library("DICOMNetwork", "Bytes", "Reactor", "DICOM", logging),
        // Optimized in debug builds too: loops over pixels that are not make minutes of the seconds that tests take.
        library(
            "Imaging", "Bytes", "JSON", "Reactor", "DICOM", "Domain", "CTurboJPEG", "COpenJPEG", "CCharLS",
            optimized: true),
        library("Security", "Bytes", "Reactor", "COpenSSL", logging),
        library("Postgres", "Bytes", "Reactor", "CPostgres", logging),
        library("Outbound", "Bytes", "Reactor", "CCurl", logging),
        library("Kits", "Bytes"),
        // L4: what must survive a crash
        library("Store", "Domain", "JSON", "Postgres", "Reactor", logging),
        library("BlobStore", "Bytes", "Reactor", "Security", logging),
        library("EmbeddedPostgres", "Postgres", "Reactor", "CLinux", logging),
        library(
            "CodecProcess", "Bytes", "JSON", "Reactor", "DICOM", "Domain", "Imaging", "Security", "CLinux", logging),
        // L5: features; none imports another
        library(
            "Ingest", "Bytes", "Metrics", "Reactor", "DICOM", "DICOMNetwork", "Domain", "JSON", "Store", "BlobStore",
            "Security", "HTTP1", logging),
        library(
            "Forwarding", "Bytes", "Metrics", "Reactor", "DICOM", "DICOMNetwork", "Domain", "JSON", "Imaging", "Store",
            "BlobStore", "CodecProcess", "Security", "Outbound", logging),
        library(
            "AdminAPI", "Bytes", "Metrics", "Reactor", "HTTP1", "Domain", "JSON", "Store", "Security", "Kits", logging),
        // L6: composition
        library(
            "Server", "Bytes", "Metrics", "Reactor", "DICOM", "DICOMNetwork", "HTTP1", "Domain", "JSON", "Imaging",
            "Postgres", "Store", "BlobStore", "CodecProcess", "EmbeddedPostgres", "Security", "Outbound", "Kits",
            "Ingest", "Forwarding", "AdminAPI", logging),
        .executableTarget(name: "causeway", dependencies: ["Server", argumentParser], swiftSettings: settings),
        // Tests
        .target(
            name: "TestSupport", dependencies: ["Bytes", "Reactor"], path: "Tests/TestSupport", swiftSettings: settings),
        .target(
            name: "DatabaseSupport",
            dependencies: ["Bytes", "Reactor", "Postgres", "EmbeddedPostgres", logging],
            path: "Tests/DatabaseSupport", swiftSettings: settings),
        tests("BytesTests", "Bytes", "TestSupport"),
        tests("JSONTests", "JSON", "TestSupport"),
        tests("MetricsTests", "Metrics"),
        tests("ReactorTests", "Reactor", "Bytes", "TestSupport"),
        tests("DICOMTests", "DICOM", "Bytes", "TestSupport"),
        tests("HTTP1Tests", "HTTP1", "Bytes", "JSON", "Reactor", "TestSupport"),
        tests("DICOMNetworkTests", "DICOMNetwork", "Bytes", "DICOM", "Reactor", "TestSupport"),
        tests("DomainTests", "Domain", "JSON"),
        tests("ImagingTests", "Imaging", "Bytes", "DICOM", "Domain", "JSON", "Reactor", "TestSupport"),
        tests("SecurityTests", "Security", "Bytes", "Reactor", "TestSupport"),
        tests(
            "PostgresTests", "Postgres", "EmbeddedPostgres", "Bytes", "Reactor", "TestSupport", "DatabaseSupport",
            logging),
        tests("OutboundTests", "Outbound", "Bytes", "Reactor", "TestSupport"),
        tests("KitsTests", "Kits", "Bytes", "TestSupport"),
        tests(
            "StoreTests", "Store", "Domain", "JSON", "Postgres", "EmbeddedPostgres", "Reactor", "TestSupport",
            "DatabaseSupport"),
        tests("BlobStoreTests", "BlobStore", "Bytes", "Reactor", "TestSupport"),
        // A codec process whose engine misbehaves when it is told to; stands beside the test bundle.
        .executableTarget(
            name: "codec-test-worker", dependencies: ["CodecProcess", "DICOM", "Imaging", "Reactor"],
            path: "Tests/CodecTestWorker", swiftSettings: settings),
        tests(
            "CodecProcessTests", "CodecProcess", "Bytes", "DICOM", "Domain", "Imaging", "JSON", "Reactor",
            "TestSupport", "codec-test-worker", logging, exclude: ["scripts"]),
        tests("IngestTests", "Ingest", "Bytes", "BlobStore", "DICOM", "Reactor", "TestSupport", "DatabaseSupport"),
        tests(
            "ForwardingTests", "Forwarding", "Bytes", "BlobStore", "DICOM", "DICOMNetwork", "Domain", "JSON", "Metrics",
            "Outbound", "Postgres", "Reactor", "Security", "Store", "TestSupport", "DatabaseSupport", logging),
        tests(
            "AdminAPITests", "AdminAPI", "Bytes", "Domain", "HTTP1", "JSON", "Metrics", "Postgres", "Reactor",
            "Security", "Store", "TestSupport", "DatabaseSupport", logging, yams),
        tests("ServerTests", "Server", "TestSupport"),
        // On the real program as a child process, which stands beside the test bundle.
        .testTarget(
            name: "IntegrationTests", dependencies: ["causeway", "JSON", "TestSupport", "DatabaseSupport"],
            exclude: ["scripts"], swiftSettings: settings),
        tests("TidyTests", "TestSupport"),
    ]
)
