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

Without FILE, stdin is read. The MAC is checked before the first byte is printed.
A new file named by --output is readable by its owner only. Ends with 128 if no key opens the file,
51 if it was changed without its key, 91 if PATH is no path.";

pub(super) const EDIT: &str = "\
Examples:
  sops edit secrets.yaml
  EDITOR='code --wait' sops edit secrets.yaml
  sops edit --age age1… new.yaml

The editor is SOPS_EDITOR, else EDITOR, else vim, nano or vi. The plaintext is kept in a private
folder in memory where there is one (set TMPDIR for another place), and is removed in any case.
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

pub(super) const CHECK: &str = "\
Examples:
  sops check
  sops check --git-tracked --max-age 1y
  sops check --staged --fix             before a commit
  sops check --keys secrets/*.yaml
  sops check --output-format sarif > sops.sarif

Without FILE, the working directory and all below it is checked. A rule without path_regex says how
files are encrypted, not which: it makes no plain file a finding. No key is needed unless with --keys.

Findings and exit codes:
  31  plaintext-file plaintext-value plaintext-comment
  32  recipients selection              not as the rule says
  33  damaged-file damaged-metadata damaged-value conflict-markers duplicate-key
  34  stale                             with --max-age
  35  weak-selector misspelt-rule       rules that do not do what they seem to
  51 mac, 25 undecryptable, 128 no-key  with --keys
  30  several of these";

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

The keys of the creation rule for each file replace those that the file has; the data key is wrapped again.
Values, MAC and all else stay as they are. A key that is removed can still open every older version:
use `sops rotate` too, and change the secrets.";

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

pub(super) const PUBLISH: &str = "\
Examples:
  sops publish secrets.yaml
  sops publish --yes --recursive secrets/

The first rule of destination_rules in .sops.yaml whose path_regex matches the path as typed says where a file goes.";

pub(super) const KEYSERVICE: &str = "\
Examples:
  sops keyservice
  sops keyservice --network unix --address /run/user/1000/sops.sock --prompt

Whoever can connect can use the keys: there is no password and no encryption.";

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
  git config diff.sops.textconv 'sops git textconv'

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
