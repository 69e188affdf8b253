//! What the help of each command ends with: examples that run as they stand.

pub(super) const TOP: &str = "\
Examples:
  sops encrypt --age age1… --in-place secrets.yaml
  sops decrypt secrets.yaml
  sops edit secrets.yaml            the same as: sops secrets.yaml
  sops exec-env secrets.yaml 'printenv PASSWORD'
  sops check                        secrets in clear text, damage, drift from the rules
  sops help encrypt

Keys and selectors come from flags, from the environment, or from the creation rules of the nearest
.sops.yaml at or above the working directory. Without a command, flags stand in front of the file;
behind a command they may stand anywhere, with one dash or two.";

pub(super) const ENCRYPT: &str = "\
Examples:
  sops encrypt secrets.yaml > secrets.enc.yaml
  sops encrypt --in-place secrets.yaml
  sops encrypt --age age1…,age1… --encrypted-regex '^(data|stringData)$' --in-place secret.yaml
  sops encrypt --filename-override secrets.json < plain.json
  sops encrypt --in-place --recursive           all that a path_regex in .sops.yaml names

Without FILE, stdin is read; --filename-override then names the format and the creation rule.
Every byte outside the values that are encrypted stays as it is. Ends with 203 if the file is
encrypted already.";

pub(super) const DECRYPT: &str = "\
Examples:
  sops decrypt secrets.yaml
  sops decrypt --extract '[\"db\"][\"password\"]' secrets.yaml
  sops decrypt --output-type json secrets.yaml
  sops decrypt --in-place secrets.yaml
  sops decrypt --in-place --each a.yaml b.yaml
  sops decrypt --filename-override secrets.yaml < secrets.enc.yaml
  sops decrypt --output-type k8s-secret --namespace web prod.env | kubectl apply -f -

Without FILE, stdin is read. The MAC is checked before the first byte is printed.
A new file named by --output is readable by its owner only. Ends with 128 if no key opens the file,
51 if it was changed without its key, 91 if PATH is no path.

k8s-secret prints the manifest of a Kubernetes Secret: a key for each value of the file, or the
whole of a binary file, or of any with --key, under one key. A nested value is an error; --extract
takes a part.";

pub(super) const EDIT: &str = "\
Examples:
  sops edit secrets.yaml
  EDITOR='code --wait' sops edit secrets.yaml
  sops edit --age age1… new.yaml

The editor is SOPS_EDITOR, else EDITOR, else vim, nano or vi. The plaintext is kept in a private
folder in memory where there is one (set TMPDIR for another place), and is removed in any case.
A text that cannot be saved, or whose terminal is closed, is kept as FILE.rescued, encrypted.
Values that are not changed keep their ciphertext. Ends with 200 if nothing was changed, 201 if the
editor failed.";

pub(super) const SET: &str = "\
Examples:
  sops set secrets.yaml '[\"db\"][\"password\"]' '\"hunter2\"'
  sops set secrets.yaml '[\"hosts\"][0]' '\"a.example\"'
  sops set secrets.yaml '[\"db\"]' '{\"user\": \"web\", \"port\": 5432}'
  pass show db | jq -R . | sops set --value-stdin secrets.yaml '[\"db\"][\"password\"]'

VALUE is JSON. Arguments can be seen by others on this machine: --value-file and --value-stdin avoid that.";

pub(super) const UNSET: &str = "\
Examples:
  sops unset secrets.yaml '[\"db\"][\"password\"]'
  sops unset --idempotent secrets.yaml '[\"hosts\"][0]'";

pub(super) const REPLACE: &str = "\
Examples:
  sops replace secrets.yaml < new.yaml
  sops replace --from new.yaml secrets.yaml
  kubectl get secret web -o json | sops replace secret.json

The new plaintext has the format of FILE. Data key, metadata and the ciphertext of what did not
change are kept; if nothing changed, nothing is written. So no editor has to be pretended.";

pub(super) const ROTATE: &str = "\
Examples:
  sops rotate --in-place secrets.yaml
  sops rotate --in-place --add-age age1… --rm-age age1… secrets.yaml
  sops rotate --in-place --git-tracked
  find . -name '*.enc.yaml' -print0 | sops rotate --in-place --files-from - --null

A key that is removed can still open every older version of the file: change the secrets too.";

pub(super) const REENCRYPT: &str = "\
Examples:
  sops reencrypt secrets.yaml
  sops reencrypt --recursive --dry-run
  sops reencrypt --git-tracked --force

Each file gets a new data key, and the keys, the threshold and the selector of its creation rule as
it is today: what otherwise takes `decrypt` and `encrypt`. A file that is as its rule says stays,
unless with --force. A key that is removed can still open every older version: change the secrets too.";

pub(super) const SEAL: &str = "\
Examples:
  sops seal secrets.yaml
  sops seal --git-tracked --dry-run
  sops encrypt --seal --in-place secrets.yaml
  sops decrypt --strict secrets.yaml

The MAC of sops covers values. A seal covers the rest too: keys and their order, types, empty values,
comments, the bounds of YAML documents, selectors and recipients. Quotes, blank lines and indentation
stay free. It is the field `seal` of the metadata, encrypted under the data key; sops skips it, and drops
it when it writes the file.

`--seal`, or `seal: true` in a creation rule, seals new files. A seal is checked wherever the MAC is, and
made anew by every command that writes the file. Somebody can take it away: --strict or SOPS_STRICT=1
refuses files without one (exit 51). --ignore-mac ignores it too.";

pub(super) const CHECK: &str = "\
Examples:
  sops check
  sops check --git-tracked --max-age 1y
  sops check --staged --fix             before a commit
  sops check --keys secrets/*.yaml
  sops check --output-format sarif > sops.sarif

Without FILE, the working directory and all below it is checked. A rule without path_regex says how
files are encrypted, not which: it makes no plain file a finding. No key is needed unless with --keys.

--fix encrypts forgotten files as their rules say. A value that was typed right into an encrypted
file is encrypted too, which takes a key: only if the MAC shows that nothing else was changed. With
mac_only_encrypted it says nothing of values that are meant to be in clear text.

Findings and exit codes:
  31  plaintext-file plaintext-value plaintext-comment left-over
  32  recipients selection unsealed     not as the rule says (unsealed: or with --strict)
  33  damaged-file damaged-metadata damaged-value conflict-markers duplicate-key
  34  stale                             with --max-age
  35  weak-selector misspelt-rule       rules that do not do what they seem to
  51 mac seal, 25 undecryptable, 128 no-key  with --keys
  30  several of these";

pub(super) const REPORT: &str = "\
Examples:
  sops report
  sops report secrets/prod.yaml
  sops report --git-tracked --all --output-format json
  sops report --fail-on clear-text,former,old-key --max-key-age 1y

Without FILE, the encrypted files in the working directory and all below it are reported. No key
is needed, and nothing is changed. Git's history is looked through, under old names too:

  data key           how long it is in use at least: what did not change since shows it
  recipients         who can read the file, and since when
  former recipients  who could, and whether the data key and which values are as they were
  clear text         commits with the file, or values encrypted today, in clear text

A value with new ciphertext may be the old one still, and so may the data key of a file in which all
is new: only a key could tell. What somebody has read stays known: change such values where they are
used, then `sops rotate`.

Exit codes with --fail-on: 31 clear-text, 32 former (whose data key is in use for certain), 34
old-key (with --max-key-age), 30 several of these.";

pub(super) const EXEC_ENV: &str = "\
Examples:
  sops exec-env secrets.yaml 'printenv PASSWORD'
  sops exec-env --pristine secrets.json ./server
  sops exec-env --same-process secrets.yaml 'exec ./server'

COMMAND is one string for /bin/sh. Its exit status is passed on; 255 if it was killed.";

pub(super) const EXEC_FILE: &str = "\
Examples:
  sops exec-file secrets.json 'jq .db {}'
  sops exec-file --no-fifo --filename config.yaml secrets.yaml './server --config {}'

COMMAND is one string for /bin/sh; each {} in it becomes the path of the plaintext. That is a named pipe,
which can be opened any number of times, or with --no-fifo a file. Both are gone when the command ends.";

pub(super) const RUN: &str = "\
Examples:
  sops run secrets.yaml -- ./server --port 8080
  sops run common.env prod.env --required DB_PASSWORD -- ./server
  sops run secrets.yaml --flatten --only 'db_*' --prefix APP_ -- ./server
  sops run secrets.yaml --mount CONF=app.toml.tmpl -- ./server --config {CONF}
  sops run secrets.yaml --mask -- ./deploy.sh
  sops run prod.env.enc --dotenv-dialect node -- node server.js

COMMAND is run as it stands, without a shell. Later files win; a null takes a variable away. Without
--flatten a nested value is an error, unless --only or --except leaves it out. --only and --except
look at the names without --prefix; --required at the names that the command sees.

--mount renders a template (see sops help render) with the values of all FILEs, or decrypts an
encrypted file. The file is readable by its owner only, in memory where there is a place (TMPDIR says
another), keeps its name without .tmpl, and is removed when the command ends.

--dotenv-dialect reads the plaintext of dotenv files as others do: raw (all behind =), docker (as
run --env-file), node (npm's dotenv: quotes, \\n in double ones, several lines, export, # behind a
value) or shell (as sourced by sh; a line with $, ` or a command is refused, for nothing is
expanded). A file that is encrypted whole is read so too: under a name like prod.env.enc it may have
values of several lines, which sops' own dotenv has no place for.

--mask shows ***** for every text of the files in stdout and stderr, also for single lines of it,
however the output is cut. It does not find texts of fewer than six bytes, numbers, and what the
command prints in another form (base64, JSON escapes). Its output is a pipe then, no terminal.

Signals are passed on. Ends as the command does, or with 128 and the number of the signal that
ended it; with 127 if there is no such command, 126 if it cannot be run.";

pub(super) const GET: &str = "\
Examples:
  sops get secrets.yaml db.password
  sops get secrets.yaml '[\"db\"][\"hosts\"][0]'
  sops get secrets.json /db/hosts/0
  sops get secrets.yaml 'tls.\"ca.pem\"'       a key with a dot in it
  sops get secrets.yaml db --output-format json | jq .
  eval \"$(sops get secrets.yaml --output-format shell db.user db.password)\"

A path begins with [ (sops' brackets), with / (a JSON pointer), or is keys with dots between them; a
lone dot is the whole file. A number is a position in a list and a key in a map. Comments have no
position.

raw prints a single value as it is, and maps and lists as JSON; a line end follows on a terminal and
where there are several paths. json prints one value, or an object with the paths as keys. shell and
env name variables after the path (db_password), one for each value inside; null has none. With
--dotenv-dialect (see sops help run) env quotes what that dialect needs in quotes, also values of
several lines. Ends with 1 if there is nothing at a path, with 91 if it is no path.";

pub(super) const RENDER: &str = "\
Examples:
  sops render nginx.conf.tmpl secrets.yaml > nginx.conf
  sops render app.toml.tmpl common.yaml prod.yaml --output app.toml
  sops render app.tmpl --file db=db.yaml --file mail=mail.env
  echo 'Bearer {{ api.token }}' | sops render - secrets.yaml

In a template, {{ PATH }} is a value: {{ db.password }}, {{ /db/hosts/0 }}, {{ [\"db\"][\"user\"] }}. Of
several FILEs later ones win; those of --file are below their NAME. Filters follow behind bars:
  json, yaml      the value as JSON, or as JSON that YAML reads too; also maps and lists
  shell, url      quoted as a word of a shell, or escaped for a URL
  base64, trim    encoded; without white space at the ends
  indent(N)       with N blanks in front of each line but the first
  default(\"…\")   for a value that is missing or null
\\{{ is a literal {{. There is nothing else: no conditions and no code. A value that is missing is an
error with line and column, and nothing is written.";

pub(super) const GENERATE: &str = "\
Examples:
  sops generate secrets.yaml db.password
  sops generate --length 20 --charset symbols secrets.yaml db.password
  sops generate --kind token secrets.json /api/token
  sops generate --kind age-key secrets.yaml backup.key      prints the recipient

The value goes straight into the encrypted file and is shown nowhere. Of an age key the recipient is
printed. A value that is there stays, and the run fails, unless --force is given; empty ones and
null are filled. Nothing is written where the file would hold the value in clear text.";

pub(super) const FILESTATUS: &str = "\
Examples:
  sops filestatus secrets.yaml
  sops filestatus secrets.yaml | jq --exit-status .encrypted

Prints {\"encrypted\":true} or {\"encrypted\":false}. No key is needed, nothing is verified.";

pub(super) const UPDATEKEYS: &str = "\
Examples:
  sops updatekeys secrets.yaml
  sops updatekeys --yes secrets/*.yaml
  sops updatekeys --recursive --dry-run
  sops updatekeys --recursive --yes
  sops updatekeys --rotate-on-remove secrets.yaml

The keys of the creation rule for each file replace those that the file has; the data key is wrapped again.
Values, MAC and all else stay as they are. A key that is removed can still open every older version:
change the secrets. Whoever had it may have kept the data key too: --rotate-on-remove makes a new one.";

pub(super) const GROUPS: &str = "\
Examples:
  sops groups add --file secrets.yaml --age age1… --in-place
  sops groups delete --file secrets.yaml --in-place 1

With several key groups, a number of them (the threshold) is needed to open the file; any one key opens its group.";

pub(super) const GROUPS_ADD: &str = "\
Examples:
  sops groups add --file secrets.yaml --age age1…,age1… --in-place
  sops groups add --file secrets.yaml --age age1… --shamir-secret-sharing-threshold 2 > new.yaml

Without a threshold, in the file or here, all groups are needed.";

pub(super) const GROUPS_DELETE: &str = "\
Examples:
  sops groups delete --file secrets.yaml --in-place 1
  sops groups delete --file secrets.yaml 0 > fewer.yaml

INDEX counts from 0. The last group of a file cannot be removed: nobody could open it then.";

pub(super) const KRM: &str = "\
Examples:
  kustomize build --enable-alpha-plugins --enable-exec .
  sops krm generator.yaml                    what kustomize would get of it
  ln -s \"$(command -v sops)\" ~/bin/ksops   for generators with `path: ksops`

kustomize calls this program where a generator has the annotation
  config.kubernetes.io/function: |
    exec: {path: sops, args: [krm]}
and kustomization.yaml lists the generator's file below `generators:`. The file is one of KSOPS:
  apiVersion: viaduct.ai/v1
  kind: ksops
  files: [secret.enc.yaml]          encrypted resources
  secretFrom:                       Secrets to be made
  - metadata: {name: web}           also namespace, labels, annotations; and type:
    files: [key=tls.enc.key]        a file each; the name is the key, unless one is given
    binaryFiles: [store.enc.jks]
    envs: [prod.enc.env]            a key for each variable
A file of kind ksops without `files`, with the same annotation and listed below `transformers:`,
decrypts encrypted resources in place, so that `resources:` may list them like any others. A
generator that stands below `resources:` opens nothing. Ciphertext that was copied into another
resource does not open where the copy is of another kind, or in a file that does not hold by itself.

A program called ksops (a link) is `sops krm`. Paths are relative to the kustomization's folder. All
files are opened at once (KSOPS_CONCURRENCY_LIMIT of them, 20) and handed on in the order of the
listing. If one of them fails, nothing is: exit 1, and why on stderr and in `results`.";

pub(super) const PUBLISH: &str = "\
Examples:
  sops publish secrets.yaml
  sops publish --dry-run --recursive secrets/
  sops publish --yes --recursive secrets/

The first rule of destination_rules in .sops.yaml whose path_regex matches the path as typed says
where a file goes:
  s3_bucket, gcs_bucket               the encrypted file, or one for the keys of recreation_rule
  vault_path                          the values, in a key/value store
  aws_secrets_manager_secret_name     the values as JSON, one secret for each file; a binary
  gcp_secret_manager_project          file as it is. A new version only where values differ.
  azure_keyvault_url                  Names have - for / and . where those are not allowed.
  kubernetes_secret_file              the manifest of a Secret, as a file of this machine
--dry-run shows the keys that would be new (+), changed (~) or gone (-), and no values.";

pub(super) const KEYSERVICE: &str = "\
Examples:
  sops keyservice
  sops keyservice --network unix --address /run/user/1000/sops.sock --prompt

Whoever can connect can use the keys: there is no password and no encryption.";

pub(super) const INIT: &str = "\
Examples:
  sops init
  sops init --yes --path-regex '^secrets/' --recipient age1… --git --hook
  sops init --dry-run

Makes an age identity where sops looks for one (0600; never over one that is there), and a
.sops.yaml in the working directory with one rule for it and each --recipient. A .sops.yaml that is
there already stays: what it would need is printed. Keep a copy of the identity in a safe place:
without it, and without another recipient, nobody opens the files again. On a terminal it asks; else
give --yes.";

pub(super) const KEYS: &str = "\
Examples:
  sops keys
  sops keys --output-format json | jq '.keys[].recipient'

age identities are listed in the order in which sops looks for them, each with its public recipient.
Commands (SOPS_AGE_KEY_CMD) are named and not run. Of credentials for clouds only the names of
variables and files are shown, never what they hold; nobody is asked over the network.";

pub(super) const DOCTOR: &str = "\
Examples:
  sops doctor secrets.yaml
  sops doctor --online secrets/*.yaml
  sops doctor --output-format json secrets.yaml | jq .files[].opens

For each key: whose it is, whether this machine can use it and through what. Keys that are reached
over the network are asked with --online only. What needs a passphrase asks for it, as `decrypt`
does. Then how many key groups it takes, where the file is not as its creation rule says, and the
one command to go on with. Values are not looked at: that is `sops check --keys`.

Ends with 0 if the file can be opened here, 128 if not or if that cannot be told without --online,
33 if it is damaged, 1 if it is not encrypted, 30 if files differ in that.";

pub(super) const CONFIG: &str = "\
Examples:
  sops config check
  sops config explain secrets/prod.yaml
  sops config schema > sops-yaml.schema.json";

pub(super) const CONFIG_CHECK: &str = "\
Examples:
  sops config check
  sops config check deploy/.sops.yaml --output-format json

Without FILE, the nearest .sops.yaml at or above the working directory is checked. Each finding has
line and column. Nobody is asked over the network.

  errors    syntax type bad-regex bad-key selectors bad-selector threshold destination
  warnings  misspelt-key unknown-key dead-rule no-keys duplicate-recipient ignored-keys weak-key
            weak-selector no-rules
  notes     catch-all

Ends with 1 if there is an error, 35 if there are warnings, 0 with notes alone.";

pub(super) const CONFIG_EXPLAIN: &str = "\
Examples:
  sops config explain secrets/prod.yaml
  sops config explain --output-format json new.yaml | jq .rule.line

FILE need not be there. If it is, the paths of its values are listed, those that the rule encrypts and
those that it does not; never the values. Ends with 1 if no rule is for it.";

pub(super) const CONFIG_SCHEMA: &str = "\
Examples:
  sops config schema > .sops.schema.json
  # yaml-language-server: $schema=.sops.schema.json      (the first line of .sops.yaml)

The schema knows every field, and flags those that sops would pass over in silence.";

pub(super) const GIT: &str = "\
Examples:
  sops git install
  git diff; git merge topic
  sops git resolve secrets.yaml && git add secrets.yaml

install once, and git diff shows what changed in encrypted files, git merge merges them value by
value, and a conflict holds no plaintext. What git calls (textconv, merge-driver, mergetool, clean,
smudge, filter-process) can be called by hand too.";

pub(super) const GIT_INSTALL: &str = "\
Examples:
  sops git install
  sops git install --redact --pattern 'secrets/*.yaml' --pattern '*.enc.env'
  sops git install --global --dry-run

Writes lines `PATTERN diff=sops merge=sops` into .gitattributes (commit it) and diff.sops,
merge.sops and mergetool.sops into the configuration of git, which every clone needs once. Patterns
come from the path_regex of the creation rules in .sops.yaml where a pattern can say the same, else
from --pattern. With --global only the configuration is written, unless there is a --pattern.
Run again, it brings all up to date and says so if there was nothing to do.";

pub(super) const GIT_UNINSTALL: &str = "\
Examples:
  sops git uninstall
  sops git uninstall --global

Removes the lines and settings that install made; all others stay byte for byte. Where a filter was
installed, the decrypted files in the work tree are encrypted again first.";

pub(super) const GIT_RESOLVE: &str = "\
Examples:
  sops git resolve secrets.yaml && git add secrets.yaml
  sops git resolve --theirs secrets.yaml
  sops git resolve --metadata ours secrets.yaml

Merges what can be merged and opens the editor where both sides changed one value: between the
markers stand both plaintext values. Remove the markers and save: the file is encrypted again. It
works on files that our merge driver left, and on any encrypted file that git calls unmerged.
Ends with 200 if nothing was changed, 201 if the editor failed.";

pub(super) const GIT_TEXTCONV: &str = "\
Examples:
  sops git textconv secrets.yaml
  sops git textconv --redact secrets.yaml
  git config diff.sops.textconv 'sops git textconv --'

Behind the content stand the recipients and the selection, as comments. Without a key the values
are redacted: a mark stands for each, made of its ciphertext alone, so it says nothing about the
value. A file that is not encrypted is printed as it is.";

pub(super) const GIT_MERGE_DRIVER: &str = "\
Examples:
  git config merge.sops.driver 'sops git merge-driver --marker-size %L %O %A %B %P'
  sops git merge-driver base.yaml ours.yaml theirs.yaml secrets.yaml

Writes the result to OURS. Ends with 1 if there is a conflict: then OURS holds the versions,
encrypted, between markers, and `sops git resolve` or `sops edit` goes on from there.";

pub(super) const GIT_MERGETOOL: &str = "\
Examples:
  git mergetool --tool sops secrets.yaml
  sops git mergetool local.yaml base.yaml remote.yaml secrets.yaml

The result is written to MERGED, encrypted, once no markers are left in the text.";

pub(super) const GIT_CLEAN: &str = "\
Examples:
  git config filter.sops.clean 'sops git clean %f'
  sops git clean secrets.yaml < plain.yaml

What the version in git's index (or in HEAD) says already gives that version, byte for byte; values
that did not change keep their ciphertext. A new file is encrypted by the creation rules. What is
encrypted already is passed on, and an unresolved merge is refused.";

pub(super) const GIT_SMUDGE: &str = "\
Examples:
  git config filter.sops.smudge 'sops git smudge %f'
  git show HEAD:secrets.yaml | sops git smudge secrets.yaml

Without a key the file stays encrypted, and that is said.";

pub(super) const GIT_FILTER: &str = "\
Examples:
  git config filter.sops.process 'sops git filter-process'
  sops git install --filter

Speaks git's filter protocol, version 2, on stdin and stdout. One process serves all files of a command.";

pub(super) const COMPLETION: &str = "\
Examples:
  sops completion bash > ~/.local/share/bash-completion/completions/sops
  sops completion zsh > \"${fpath[1]}/_sops\"
  sops completion fish > ~/.config/fish/completions/sops.fish
  sops completion powershell >> $PROFILE";
