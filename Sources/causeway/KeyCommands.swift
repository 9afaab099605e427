import ArgumentParser
import Server

struct Key: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Create, list and revoke API keys from the shell, for bootstrap and recovery.",
        subcommands: [Create.self, List.self, Revoke.self])

    struct Create: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Create a key and print it once.",
            discussion: "Example: causeway key create --organization default --role uploader --name scanner-1")

        @OptionGroup var settings: SettingsOptions
        @Option(help: "Name of the organization.") var organization = "default"
        @Option(help: "admin, operator, uploader or viewer.") var role = "admin"
        @Option(help: "What the key is for.") var name = "from the shell"
        @Flag(help: "A platform key, which works in every organization.") var platform = false
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            var command = KeyCommand(settings.invocation, json: json)
            command.organization = platform ? nil : organization
            try end(command.create(name: name, role: role))
        }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "List the keys of an organization, or the platform keys.",
            discussion: "Example: causeway key list --organization default")

        @OptionGroup var settings: SettingsOptions
        @Option(help: "Name of the organization.") var organization = "default"
        @Flag(help: "The platform keys.") var platform = false
        @Flag(help: "Print JSON.") var json = false

        func run() throws {
            var command = KeyCommand(settings.invocation, json: json)
            command.organization = platform ? nil : organization
            try end(command.list())
        }
    }

    struct Revoke: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke", abstract: "Revoke a key by its id.",
            discussion: "Example: causeway key revoke 0199f3a0-0000-7000-8000-000000000000")

        @OptionGroup var settings: SettingsOptions
        @Option(help: "Name of the organization.") var organization = "default"
        @Flag(help: "It is a platform key.") var platform = false
        @Argument(help: "The key's id, as `key list` prints it.") var id: String

        func run() throws {
            var command = KeyCommand(settings.invocation, json: false)
            command.organization = platform ? nil : organization
            try end(command.revoke(id))
        }
    }
}
