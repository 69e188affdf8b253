//! The commands by name, and the definition of each, built when it is asked for.

use clap::{Args, Command};

use super::{
    CheckArgs, CompletionArgs, ConfigArgs, ConfigCheckArgs, ConfigExplainArgs, ConfigSchemaArgs, DecryptArgs,
    DoctorArgs, EditArgs, EncryptArgs, ExecEnvArgs, ExecFileArgs, FileStatusArgs, GenerateArgs, GetArgs,
    GitArgs, GitCleanArgs, GitFilterArgs, GitInstallArgs, GitMergeDriverArgs, GitMergetoolArgs,
    GitResolveArgs, GitSmudgeArgs, GitTextconvArgs, GitUninstallArgs, GroupsAddArgs, GroupsArgs,
    GroupsDeleteArgs, InitArgs, KeyArgs, KeyServiceArgs, KeysArgs, KrmArgs, LegacyArgs, PublishArgs,
    ReencryptArgs, RenderArgs, ReplaceArgs, ReportArgs, RotateArgs, RunArgs, SealArgs, SelectorArgs, SetArgs,
    ShellArgs, UnsetArgs, UpdateKeysArgs, help,
};

/// A command by name.
pub(crate) struct Verb {
    /// The word that is typed.
    pub(crate) name: &'static str,
    /// The command that it belongs to, for one like `groups add`; else empty.
    within: &'static str,
    /// Its positionals, as help shows them.
    usage: &'static str,
    /// What its help ends with.
    examples: &'static str,
    /// Adds its flags.
    build: fn(Command) -> Command,
    /// The commands that belong to it.
    pub(crate) nested: &'static [Verb],
}

impl Verb {
    const fn new(
        name: &'static str,
        usage: &'static str,
        examples: &'static str,
        build: fn(Command) -> Command,
    ) -> Self {
        Self { name, within: "", usage, examples, build, nested: &[] }
    }

    const fn within(self, within: &'static str) -> Self {
        Self { within, ..self }
    }

    const fn nesting(self, nested: &'static [Self]) -> Self {
        Self { nested, ..self }
    }

    /// The full definition of this command.
    pub(crate) fn command(&self) -> Command {
        let within = if self.within.is_empty() { String::new() } else { format!("{} ", self.within) };
        let usage = format!("sops {within}{} {}", self.name, self.usage);
        let command =
            Command::new(self.name).override_usage(usage.trim_end().to_owned()).after_help(self.examples);
        let command = (self.build)(command);
        if self.nested.is_empty() {
            return command;
        }
        command.disable_help_subcommand(true).subcommands(self.nested.iter().map(Self::command))
    }

    /// The command that it belongs to, if any, and its name.
    pub(crate) const fn full_name(&self) -> (&'static str, &'static str) {
        (self.within, self.name)
    }

    /// Whether sops has no such command, so that the word is the name of a file to it.
    pub(crate) fn is_ours_alone(&self) -> bool {
        const OURS: &[&str] = &[
            "replace",
            "seal",
            "reencrypt",
            "check",
            "report",
            "doctor",
            "keys",
            "init",
            "config",
            "git",
            "run",
            "get",
            "render",
            "generate",
            "krm",
        ];
        OURS.contains(&self.name)
    }

    /// The command of this name that belongs to this one.
    pub(crate) fn nested(&self, name: &str) -> Option<&'static Self> {
        self.nested.iter().find(|verb| verb.name == name)
    }
}

/// All commands, in the order in which help lists them.
pub(crate) const VERBS: &[Verb] = &[
    Verb::new("encrypt", "[flags] [FILE]", help::ENCRYPT, EncryptArgs::augment_args),
    Verb::new("decrypt", "[flags] [FILE]", help::DECRYPT, DecryptArgs::augment_args),
    Verb::new("edit", "[flags] FILE", help::EDIT, EditArgs::augment_args),
    Verb::new("set", "[flags] FILE INDEX VALUE", help::SET, SetArgs::augment_args),
    Verb::new("unset", "[flags] FILE INDEX", help::UNSET, UnsetArgs::augment_args),
    Verb::new("replace", "[flags] FILE", help::REPLACE, ReplaceArgs::augment_args),
    Verb::new("rotate", "[flags] FILE", help::ROTATE, RotateArgs::augment_args),
    Verb::new("reencrypt", "[flags] FILE…", help::REENCRYPT, ReencryptArgs::augment_args),
    Verb::new("seal", "[flags] FILE…", help::SEAL, SealArgs::augment_args),
    Verb::new("updatekeys", "[flags] FILE…", help::UPDATEKEYS, UpdateKeysArgs::augment_args),
    Verb::new("check", "[flags] [FILE…]", help::CHECK, CheckArgs::augment_args),
    Verb::new("report", "[flags] [FILE…]", help::REPORT, ReportArgs::augment_args),
    Verb::new("groups", "COMMAND", help::GROUPS, GroupsArgs::augment_args).nesting(GROUPS),
    Verb::new("exec-env", "[flags] FILE COMMAND", help::EXEC_ENV, ExecEnvArgs::augment_args),
    Verb::new("exec-file", "[flags] FILE COMMAND", help::EXEC_FILE, ExecFileArgs::augment_args),
    Verb::new("run", "[flags] FILE… -- COMMAND [ARGS…]", help::RUN, RunArgs::augment_args),
    Verb::new("get", "[flags] FILE PATH…", help::GET, GetArgs::augment_args),
    Verb::new("render", "[flags] TEMPLATE FILE…", help::RENDER, RenderArgs::augment_args),
    Verb::new("generate", "[flags] FILE PATH", help::GENERATE, GenerateArgs::augment_args),
    Verb::new("krm", "[flags] [FILE]", help::KRM, KrmArgs::augment_args),
    Verb::new("publish", "[flags] PATH", help::PUBLISH, PublishArgs::augment_args),
    Verb::new("keyservice", "[flags]", help::KEYSERVICE, KeyServiceArgs::augment_args),
    Verb::new("filestatus", "[flags] FILE", help::FILESTATUS, FileStatusArgs::augment_args),
    Verb::new("doctor", "[flags] FILE…", help::DOCTOR, DoctorArgs::augment_args),
    Verb::new("keys", "[flags]", help::KEYS, KeysArgs::augment_args),
    Verb::new("init", "[flags]", help::INIT, InitArgs::augment_args),
    Verb::new("config", "COMMAND", help::CONFIG, ConfigArgs::augment_args).nesting(CONFIG),
    Verb::new("git", "COMMAND", help::GIT, GitArgs::augment_args).nesting(GIT),
    Verb::new("completion", "SHELL", help::COMPLETION, CompletionArgs::augment_args).nesting(SHELLS),
];

const GROUPS: &[Verb] = &[
    Verb::new("add", "[flags] --file FILE", help::GROUPS_ADD, GroupsAddArgs::augment_args).within("groups"),
    Verb::new("delete", "[flags] --file FILE INDEX", help::GROUPS_DELETE, GroupsDeleteArgs::augment_args)
        .within("groups"),
];

const GIT: &[Verb] = &[
    Verb::new("install", "[flags]", help::GIT_INSTALL, GitInstallArgs::augment_args).within("git"),
    Verb::new("uninstall", "[flags]", help::GIT_UNINSTALL, GitUninstallArgs::augment_args).within("git"),
    Verb::new("resolve", "[flags] FILE", help::GIT_RESOLVE, GitResolveArgs::augment_args).within("git"),
    Verb::new("textconv", "[flags] FILE", help::GIT_TEXTCONV, GitTextconvArgs::augment_args).within("git"),
    Verb::new(
        "merge-driver",
        "[flags] BASE OURS THEIRS PATH",
        help::GIT_MERGE_DRIVER,
        GitMergeDriverArgs::augment_args,
    )
    .within("git"),
    Verb::new(
        "mergetool",
        "[flags] LOCAL BASE REMOTE MERGED",
        help::GIT_MERGETOOL,
        GitMergetoolArgs::augment_args,
    )
    .within("git"),
    Verb::new("clean", "[flags] PATH", help::GIT_CLEAN, GitCleanArgs::augment_args).within("git"),
    Verb::new("smudge", "[flags] PATH", help::GIT_SMUDGE, GitSmudgeArgs::augment_args).within("git"),
    Verb::new("filter-process", "[flags]", help::GIT_FILTER, GitFilterArgs::augment_args).within("git"),
];

const CONFIG: &[Verb] = &[
    Verb::new("check", "[flags] [FILE]", help::CONFIG_CHECK, ConfigCheckArgs::augment_args).within("config"),
    Verb::new("explain", "[flags] FILE", help::CONFIG_EXPLAIN, ConfigExplainArgs::augment_args)
        .within("config"),
    Verb::new("schema", "", help::CONFIG_SCHEMA, ConfigSchemaArgs::augment_args).within("config"),
];

const SHELLS: &[Verb] = &[
    shell("bash", |command| ShellArgs::augment_args(command).about("Print the completion for bash")),
    shell("zsh", |command| ShellArgs::augment_args(command).about("Print the completion for zsh")),
    shell("fish", |command| ShellArgs::augment_args(command).about("Print the completion for fish")),
    shell("powershell", |command| {
        ShellArgs::augment_args(command).about("Print the completion for PowerShell")
    }),
    shell("elvish", |command| ShellArgs::augment_args(command).about("Print the completion for elvish")),
];

const fn shell(name: &'static str, build: fn(Command) -> Command) -> Verb {
    Verb::new(name, "", "", build).within("completion")
}

/// The definition of what stands in front of a command, and of sops without a command.
pub(crate) fn top_level() -> Command {
    LegacyArgs::augment_args(
        Command::new("sops")
            .override_usage("sops [flags] FILE\n       sops [flags] COMMAND [flags] …")
            .after_help(help::TOP)
            .disable_help_subcommand(true),
    )
}

/// The whole definition, with every command under the top level.
pub(crate) fn whole() -> Command {
    top_level()
        .subcommands(VERBS.iter().map(Verb::command))
        .subcommand(Command::new("help").about("Show this help, or that of a command"))
}

/// Whether the flag of this long name is for files that are encrypted for the first time: it names
/// their keys, or what of them is encrypted.
pub(crate) fn is_for_new_files(long: &str) -> bool {
    let command = SelectorArgs::augment_args(KeyArgs::augment_args(Command::new("sops")));
    command.get_arguments().any(|arg| arg.get_long() == Some(long))
}

/// The command of this name.
pub(crate) fn verb(name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.name == name)
}
