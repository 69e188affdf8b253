# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_sops_global_optspecs
    string join \n e/encrypt d/decrypt r/rotate set= i/in-place output= filename-override= input-type= output-type= extract= ignore-mac s/show-master-keys a/age= R/age-recipients-file= p/pgp= k/kms= aws-profile= gcp-kms= hckms= azure-kv= hc-vault-transit= encryption-context= shamir-secret-sharing-threshold= unencrypted-suffix= encrypted-suffix= unencrypted-regex= encrypted-regex= unencrypted-comment-regex= encrypted-comment-regex= mac-only-encrypted seal add-age= rm-age= add-pgp= rm-pgp= add-kms= rm-kms= add-gcp-kms= rm-gcp-kms= add-hckms= rm-hckms= add-azure-kv= rm-azure-kv= add-hc-vault-transit= rm-hc-vault-transit= enable-local-keyservice= keyservice= decryption-order= strict config= indent= verbose v/version disable-version-check check-for-updates h/help
end

function __fish_sops_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_sops_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_sops_using_subcommand
    set -l cmd (__fish_sops_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c sops -n "__fish_sops_needs_command" -l set -d 'Set a value of FILE in place, as in \'["a"]["b"] 3\'' -r
complete -c sops -n "__fish_sops_needs_command" -l output -d 'Write the result to this file instead of stdout' -r
complete -c sops -n "__fish_sops_needs_command" -l filename-override -d 'Choose format and creation rule as if the file had this name' -r
complete -c sops -n "__fish_sops_needs_command" -l input-type -d 'Format of the input: yaml, json, dotenv, ini, toml or binary; else the file\'s name decides' -r
complete -c sops -n "__fish_sops_needs_command" -l output-type -d 'Format of the output: yaml, json, dotenv, ini, toml or binary (decrypt: or k8s-secret); else the file\'s name decides' -r
complete -c sops -n "__fish_sops_needs_command" -l extract -d 'Print only what is at this path, as in \'["db"]["hosts"][0]\'' -r
complete -c sops -n "__fish_sops_needs_command" -s a -l age -d 'age recipients, a comma list' -r
complete -c sops -n "__fish_sops_needs_command" -s R -l age-recipients-file -d 'A file of age recipients, one to a line; # starts a comment' -r
complete -c sops -n "__fish_sops_needs_command" -s p -l pgp -d 'PGP fingerprints, a comma list' -r
complete -c sops -n "__fish_sops_needs_command" -s k -l kms -d 'AWS KMS keys as ARN or ARN+ROLE, a comma list' -r
complete -c sops -n "__fish_sops_needs_command" -l aws-profile -d 'Profile of the AWS configuration to use with --kms' -r
complete -c sops -n "__fish_sops_needs_command" -l gcp-kms -d 'GCP KMS resource ids, a comma list' -r
complete -c sops -n "__fish_sops_needs_command" -l hckms -d 'HuaweiCloud KMS keys as region:key-uuid, a comma list' -r
complete -c sops -n "__fish_sops_needs_command" -l azure-kv -d 'Azure Key Vault keys as https://VAULT/keys/NAME/VERSION, a comma list' -r
complete -c sops -n "__fish_sops_needs_command" -l hc-vault-transit -d 'Keys of Vault\'s transit engine as https://HOST/v1/ENGINE/keys/NAME, a comma list' -r
complete -c sops -n "__fish_sops_needs_command" -l encryption-context -d 'Encryption context of the KMS keys, as in app:web,env:prod' -r
complete -c sops -n "__fish_sops_needs_command" -l shamir-secret-sharing-threshold -d 'Number of key groups that are needed to open the file' -r
complete -c sops -n "__fish_sops_needs_command" -l unencrypted-suffix -d 'Leave values in clear whose key ends so' -r
complete -c sops -n "__fish_sops_needs_command" -l encrypted-suffix -d 'Encrypt only values whose key ends so' -r
complete -c sops -n "__fish_sops_needs_command" -l unencrypted-regex -d 'Leave values in clear whose key matches' -r
complete -c sops -n "__fish_sops_needs_command" -l encrypted-regex -d 'Encrypt only values whose key matches' -r
complete -c sops -n "__fish_sops_needs_command" -l unencrypted-comment-regex -d 'Leave values in clear that have a matching comment' -r
complete -c sops -n "__fish_sops_needs_command" -l encrypted-comment-regex -d 'Encrypt only values that have a matching comment' -r
complete -c sops -n "__fish_sops_needs_command" -l add-age -d 'Add age recipients to the first key group' -r
complete -c sops -n "__fish_sops_needs_command" -l rm-age -d 'Remove age recipients' -r
complete -c sops -n "__fish_sops_needs_command" -l add-pgp -d 'Add PGP fingerprints' -r
complete -c sops -n "__fish_sops_needs_command" -l rm-pgp -d 'Remove PGP fingerprints' -r
complete -c sops -n "__fish_sops_needs_command" -l add-kms -d 'Add AWS KMS keys' -r
complete -c sops -n "__fish_sops_needs_command" -l rm-kms -d 'Remove AWS KMS keys' -r
complete -c sops -n "__fish_sops_needs_command" -l add-gcp-kms -d 'Add GCP KMS keys' -r
complete -c sops -n "__fish_sops_needs_command" -l rm-gcp-kms -d 'Remove GCP KMS keys' -r
complete -c sops -n "__fish_sops_needs_command" -l add-hckms -d 'Add HuaweiCloud KMS keys' -r
complete -c sops -n "__fish_sops_needs_command" -l rm-hckms -d 'Remove HuaweiCloud KMS keys' -r
complete -c sops -n "__fish_sops_needs_command" -l add-azure-kv -d 'Add Azure Key Vault keys' -r
complete -c sops -n "__fish_sops_needs_command" -l rm-azure-kv -d 'Remove Azure Key Vault keys' -r
complete -c sops -n "__fish_sops_needs_command" -l add-hc-vault-transit -d 'Add keys of Vault\'s transit engine' -r
complete -c sops -n "__fish_sops_needs_command" -l rm-hc-vault-transit -d 'Remove keys of Vault\'s transit engine' -r
complete -c sops -n "__fish_sops_needs_command" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_needs_command" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_needs_command" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_needs_command" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_needs_command" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_needs_command" -s e -l encrypt -d 'Encrypt FILE and print it'
complete -c sops -n "__fish_sops_needs_command" -s d -l decrypt -d 'Decrypt FILE and print it'
complete -c sops -n "__fish_sops_needs_command" -s r -l rotate -d 'Encrypt FILE anew under a new data key and print it'
complete -c sops -n "__fish_sops_needs_command" -s i -l in-place -d 'Write the result back to the file'
complete -c sops -n "__fish_sops_needs_command" -l ignore-mac -d 'Do not check the MAC: the file may have been tampered with'
complete -c sops -n "__fish_sops_needs_command" -s s -l show-master-keys -d 'Show the metadata block in the editor too'
complete -c sops -n "__fish_sops_needs_command" -l mac-only-encrypted -d 'Let the MAC cover only the values that are encrypted'
complete -c sops -n "__fish_sops_needs_command" -l seal -d 'Put a seal on the file: keys, order, types, comments and metadata cannot be changed unseen either'
complete -c sops -n "__fish_sops_needs_command" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_needs_command" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_needs_command" -s v -l version -d 'Print the version'
complete -c sops -n "__fish_sops_needs_command" -l disable-version-check -d 'With --version: never ask for newer versions (that is the default here)'
complete -c sops -n "__fish_sops_needs_command" -l check-for-updates -d 'With --version: ask for newer versions'
complete -c sops -n "__fish_sops_needs_command" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_needs_command" -a "encrypt" -d 'Encrypt a file and print it'
complete -c sops -n "__fish_sops_needs_command" -a "decrypt" -d 'Decrypt a file and print it'
complete -c sops -n "__fish_sops_needs_command" -a "edit" -d 'Edit an encrypted file in an editor, or start a new one'
complete -c sops -n "__fish_sops_needs_command" -a "set" -d 'Set one value of an encrypted file, in place'
complete -c sops -n "__fish_sops_needs_command" -a "unset" -d 'Remove one value of an encrypted file, in place'
complete -c sops -n "__fish_sops_needs_command" -a "replace" -d 'Put a new plaintext into an encrypted file; what did not change keeps its ciphertext'
complete -c sops -n "__fish_sops_needs_command" -a "rotate" -d 'Encrypt a file anew under a new data key, and add or remove master keys'
complete -c sops -n "__fish_sops_needs_command" -a "reencrypt" -d 'Encrypt files anew as their creation rules say today, in place'
complete -c sops -n "__fish_sops_needs_command" -a "seal" -d 'Put a seal on encrypted files: nothing of them can be changed unseen then'
complete -c sops -n "__fish_sops_needs_command" -a "updatekeys" -d 'Bring the master keys of files in line with the creation rules'
complete -c sops -n "__fish_sops_needs_command" -a "check" -d 'Look for secrets in clear text, for damage, and for files that are not as their rules say'
complete -c sops -n "__fish_sops_needs_command" -a "report" -d 'Tell of encrypted files who can read them, who could, and what of that is still in use'
complete -c sops -n "__fish_sops_needs_command" -a "groups" -d 'Add a key group to a file, or remove one'
complete -c sops -n "__fish_sops_needs_command" -a "exec-env" -d 'Run a command with the decrypted values in its environment'
complete -c sops -n "__fish_sops_needs_command" -a "exec-file" -d 'Run a command with the decrypted file in a temporary file or pipe'
complete -c sops -n "__fish_sops_needs_command" -a "run" -d 'Run a command with the values of files in its environment'
complete -c sops -n "__fish_sops_needs_command" -a "get" -d 'Print values of a file'
complete -c sops -n "__fish_sops_needs_command" -a "render" -d 'Print a template with the values of files in it'
complete -c sops -n "__fish_sops_needs_command" -a "generate" -d 'Put a new random secret into a file without showing it'
complete -c sops -n "__fish_sops_needs_command" -a "krm" -d 'Decrypt the resources of a kustomization: a KRM function that reads the files of KSOPS'
complete -c sops -n "__fish_sops_needs_command" -a "publish" -d 'Put an encrypted file, or a folder of them, where the destination rules say'
complete -c sops -n "__fish_sops_needs_command" -a "keyservice" -d 'Let programs on other machines use the keys of this one'
complete -c sops -n "__fish_sops_needs_command" -a "filestatus" -d 'Tell whether a file is encrypted, as one line of JSON'
complete -c sops -n "__fish_sops_needs_command" -a "doctor" -d 'Tell who can open a file, whether this machine can, and what mends it if not'
complete -c sops -n "__fish_sops_needs_command" -a "keys" -d 'Show which identities and credentials are found on this machine, and where'
complete -c sops -n "__fish_sops_needs_command" -a "init" -d 'Set a project up: an age identity if there is none, .sops.yaml, git'
complete -c sops -n "__fish_sops_needs_command" -a "config" -d 'Check and explain .sops.yaml'
complete -c sops -n "__fish_sops_needs_command" -a "git" -d 'Let git show, compare and merge what encrypted files say'
complete -c sops -n "__fish_sops_needs_command" -a "completion" -d 'Print what a shell needs to complete commands and flags'
complete -c sops -n "__fish_sops_needs_command" -a "help" -d 'Show this help, or that of a command'
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l output -d 'Write the result to this file instead of stdout' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l filename-override -d 'Choose format and creation rule as if the file had this name' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l files-from -d 'Take the files that this file names, a line each; - is stdin' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l input-type -d 'Format of the input: yaml, json, dotenv, ini, toml or binary; else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l output-type -d 'Format of the output: yaml, json, dotenv, ini, toml or binary (decrypt: or k8s-secret); else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -s a -l age -d 'age recipients, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -s R -l age-recipients-file -d 'A file of age recipients, one to a line; # starts a comment' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -s p -l pgp -d 'PGP fingerprints, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -s k -l kms -d 'AWS KMS keys as ARN or ARN+ROLE, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l aws-profile -d 'Profile of the AWS configuration to use with --kms' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l gcp-kms -d 'GCP KMS resource ids, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l hckms -d 'HuaweiCloud KMS keys as region:key-uuid, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l azure-kv -d 'Azure Key Vault keys as https://VAULT/keys/NAME/VERSION, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l hc-vault-transit -d 'Keys of Vault\'s transit engine as https://HOST/v1/ENGINE/keys/NAME, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l encryption-context -d 'Encryption context of the KMS keys, as in app:web,env:prod' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l shamir-secret-sharing-threshold -d 'Number of key groups that are needed to open the file' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l unencrypted-suffix -d 'Leave values in clear whose key ends so' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l encrypted-suffix -d 'Encrypt only values whose key ends so' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l unencrypted-regex -d 'Leave values in clear whose key matches' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l encrypted-regex -d 'Encrypt only values whose key matches' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l unencrypted-comment-regex -d 'Leave values in clear that have a matching comment' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l encrypted-comment-regex -d 'Encrypt only values that have a matching comment' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand encrypt" -s i -l in-place -d 'Write the result back to the file'
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l each -d 'Take each FILE of the command line, not the first one alone'
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l recursive -d 'Go into folders too; without FILE, into the working directory'
complete -c sops -n "__fish_sops_using_subcommand encrypt" -s 0 -l null -d 'With --files-from: names end with a zero byte'
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l git-tracked -d 'Take the files that git tracks, below FILE… or the working directory'
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l dry-run -d 'Tell what would change, and write nothing'
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l mac-only-encrypted -d 'Let the MAC cover only the values that are encrypted'
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l seal -d 'Put a seal on the file: keys, order, types, comments and metadata cannot be changed unseen either'
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l strict-values -d 'Refuse numbers that other readers would print in another spelling or round (0755, 1_000)'
complete -c sops -n "__fish_sops_using_subcommand encrypt" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand encrypt" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l output -d 'Write the result to this file instead of stdout' -r
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l filename-override -d 'Choose format and creation rule as if the file had this name' -r
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l files-from -d 'Take the files that this file names, a line each; - is stdin' -r
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l input-type -d 'Format of the input: yaml, json, dotenv, ini, toml or binary; else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l output-type -d 'Format of the output: yaml, json, dotenv, ini, toml or binary (decrypt: or k8s-secret); else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l extract -d 'Print only what is at this path, as in \'["db"]["hosts"][0]\'' -r
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l name -d 'Name of the Secret; else it is made of the file\'s name' -r
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l namespace -d 'Namespace of the Secret' -r
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l type -d 'Type of the Secret (default: Opaque)' -r
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l label -d 'A label, as NAME=TEXT; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l annotation -d 'An annotation, as NAME=TEXT; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l key -d 'Put the whole file under this one key' -r
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand decrypt" -s i -l in-place -d 'Write the result back to the file'
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l each -d 'Take each FILE of the command line, not the first one alone'
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l recursive -d 'Go into folders too; without FILE, into the working directory'
complete -c sops -n "__fish_sops_using_subcommand decrypt" -s 0 -l null -d 'With --files-from: names end with a zero byte'
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l git-tracked -d 'Take the files that git tracks, below FILE… or the working directory'
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l dry-run -d 'Tell what would change, and write nothing'
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l string-data -d 'Write text below stringData, not base64 below data'
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l ignore-mac -d 'Do not check the MAC: the file may have been tampered with'
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand decrypt" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand decrypt" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand edit" -l input-type -d 'Format of the input: yaml, json, dotenv, ini, toml or binary; else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l output-type -d 'Format of the output: yaml, json, dotenv, ini, toml or binary (decrypt: or k8s-secret); else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -s a -l age -d 'age recipients, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -s R -l age-recipients-file -d 'A file of age recipients, one to a line; # starts a comment' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -s p -l pgp -d 'PGP fingerprints, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -s k -l kms -d 'AWS KMS keys as ARN or ARN+ROLE, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l aws-profile -d 'Profile of the AWS configuration to use with --kms' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l gcp-kms -d 'GCP KMS resource ids, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l hckms -d 'HuaweiCloud KMS keys as region:key-uuid, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l azure-kv -d 'Azure Key Vault keys as https://VAULT/keys/NAME/VERSION, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l hc-vault-transit -d 'Keys of Vault\'s transit engine as https://HOST/v1/ENGINE/keys/NAME, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l encryption-context -d 'Encryption context of the KMS keys, as in app:web,env:prod' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l shamir-secret-sharing-threshold -d 'Number of key groups that are needed to open the file' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l unencrypted-suffix -d 'Leave values in clear whose key ends so' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l encrypted-suffix -d 'Encrypt only values whose key ends so' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l unencrypted-regex -d 'Leave values in clear whose key matches' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l encrypted-regex -d 'Encrypt only values whose key matches' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l unencrypted-comment-regex -d 'Leave values in clear that have a matching comment' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l encrypted-comment-regex -d 'Encrypt only values that have a matching comment' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand edit" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand edit" -s s -l show-master-keys -d 'Show the metadata block in the editor too'
complete -c sops -n "__fish_sops_using_subcommand edit" -l ignore-mac -d 'Do not check the MAC: the file may have been tampered with'
complete -c sops -n "__fish_sops_using_subcommand edit" -l mac-only-encrypted -d 'Let the MAC cover only the values that are encrypted'
complete -c sops -n "__fish_sops_using_subcommand edit" -l seal -d 'Put a seal on the file: keys, order, types, comments and metadata cannot be changed unseen either'
complete -c sops -n "__fish_sops_using_subcommand edit" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand edit" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand edit" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand set" -l input-type -d 'Format of the input: yaml, json, dotenv, ini, toml or binary; else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand set" -l output-type -d 'Format of the output: yaml, json, dotenv, ini, toml or binary (decrypt: or k8s-secret); else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand set" -l shamir-secret-sharing-threshold -r
complete -c sops -n "__fish_sops_using_subcommand set" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand set" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand set" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand set" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand set" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand set" -l value-file -d 'VALUE names a file that holds the value'
complete -c sops -n "__fish_sops_using_subcommand set" -l value-stdin -d 'Read the value from stdin; there is no VALUE then'
complete -c sops -n "__fish_sops_using_subcommand set" -l idempotent -d 'Leave the file alone if it has the value already'
complete -c sops -n "__fish_sops_using_subcommand set" -l append -d 'Append to a list also where INDEX is a position further behind its end'
complete -c sops -n "__fish_sops_using_subcommand set" -l ignore-mac -d 'Do not check the MAC: the file may have been tampered with'
complete -c sops -n "__fish_sops_using_subcommand set" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand set" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand set" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand unset" -l input-type -d 'Format of the input: yaml, json, dotenv, ini, toml or binary; else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand unset" -l output-type -d 'Format of the output: yaml, json, dotenv, ini, toml or binary (decrypt: or k8s-secret); else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand unset" -l shamir-secret-sharing-threshold -r
complete -c sops -n "__fish_sops_using_subcommand unset" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand unset" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand unset" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand unset" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand unset" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand unset" -l idempotent -d 'It is no error if there is nothing to remove'
complete -c sops -n "__fish_sops_using_subcommand unset" -l ignore-mac -d 'Do not check the MAC: the file may have been tampered with'
complete -c sops -n "__fish_sops_using_subcommand unset" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand unset" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand unset" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand replace" -l from -d 'The file that holds the new plaintext; - or nothing is stdin' -r
complete -c sops -n "__fish_sops_using_subcommand replace" -l input-type -d 'Format of the input: yaml, json, dotenv, ini, toml or binary; else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand replace" -l output-type -d 'Format of the output: yaml, json, dotenv, ini, toml or binary (decrypt: or k8s-secret); else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand replace" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand replace" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand replace" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand replace" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand replace" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand replace" -l ignore-mac -d 'Do not check the MAC: the file may have been tampered with'
complete -c sops -n "__fish_sops_using_subcommand replace" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand replace" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand replace" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand rotate" -l output -d 'Write the result to this file instead of stdout' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l filename-override -d 'Choose format and creation rule as if the file had this name' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l files-from -d 'Take the files that this file names, a line each; - is stdin' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l input-type -d 'Format of the input: yaml, json, dotenv, ini, toml or binary; else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l output-type -d 'Format of the output: yaml, json, dotenv, ini, toml or binary (decrypt: or k8s-secret); else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l add-age -d 'Add age recipients to the first key group' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l rm-age -d 'Remove age recipients' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l add-pgp -d 'Add PGP fingerprints' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l rm-pgp -d 'Remove PGP fingerprints' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l add-kms -d 'Add AWS KMS keys' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l rm-kms -d 'Remove AWS KMS keys' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l add-gcp-kms -d 'Add GCP KMS keys' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l rm-gcp-kms -d 'Remove GCP KMS keys' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l add-hckms -d 'Add HuaweiCloud KMS keys' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l rm-hckms -d 'Remove HuaweiCloud KMS keys' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l add-azure-kv -d 'Add Azure Key Vault keys' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l rm-azure-kv -d 'Remove Azure Key Vault keys' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l add-hc-vault-transit -d 'Add keys of Vault\'s transit engine' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l rm-hc-vault-transit -d 'Remove keys of Vault\'s transit engine' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l encryption-context -d 'Encryption context of the KMS keys to add and remove' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand rotate" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand rotate" -s i -l in-place -d 'Write the result back to the file'
complete -c sops -n "__fish_sops_using_subcommand rotate" -l each -d 'Take each FILE of the command line, not the first one alone'
complete -c sops -n "__fish_sops_using_subcommand rotate" -l recursive -d 'Go into folders too; without FILE, into the working directory'
complete -c sops -n "__fish_sops_using_subcommand rotate" -s 0 -l null -d 'With --files-from: names end with a zero byte'
complete -c sops -n "__fish_sops_using_subcommand rotate" -l git-tracked -d 'Take the files that git tracks, below FILE… or the working directory'
complete -c sops -n "__fish_sops_using_subcommand rotate" -l dry-run -d 'Tell what would change, and write nothing'
complete -c sops -n "__fish_sops_using_subcommand rotate" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand rotate" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand rotate" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand reencrypt" -l files-from -d 'Take the files that this file names, a line each; - is stdin' -r
complete -c sops -n "__fish_sops_using_subcommand reencrypt" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand reencrypt" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand reencrypt" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand reencrypt" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand reencrypt" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand reencrypt" -l force -d 'Also files that are as their rule says'
complete -c sops -n "__fish_sops_using_subcommand reencrypt" -l dry-run -d 'Tell what would change, and write nothing'
complete -c sops -n "__fish_sops_using_subcommand reencrypt" -l recursive -d 'Go into folders too; without FILE, into the working directory'
complete -c sops -n "__fish_sops_using_subcommand reencrypt" -s 0 -l null -d 'With --files-from: names end with a zero byte'
complete -c sops -n "__fish_sops_using_subcommand reencrypt" -l git-tracked -d 'Take the files that git tracks, below FILE… or the working directory'
complete -c sops -n "__fish_sops_using_subcommand reencrypt" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand reencrypt" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand reencrypt" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand seal" -l files-from -d 'Take the files that this file names, a line each; - is stdin' -r
complete -c sops -n "__fish_sops_using_subcommand seal" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand seal" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand seal" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand seal" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand seal" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand seal" -l renew -d 'Make a new seal where the old one does not hold; the file should have been looked at before'
complete -c sops -n "__fish_sops_using_subcommand seal" -l dry-run -d 'Tell what would change, and write nothing'
complete -c sops -n "__fish_sops_using_subcommand seal" -l recursive -d 'Go into folders too; without FILE, into the working directory'
complete -c sops -n "__fish_sops_using_subcommand seal" -s 0 -l null -d 'With --files-from: names end with a zero byte'
complete -c sops -n "__fish_sops_using_subcommand seal" -l git-tracked -d 'Take the files that git tracks, below FILE… or the working directory'
complete -c sops -n "__fish_sops_using_subcommand seal" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand seal" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand updatekeys" -l shamir-secret-sharing-threshold -d 'Number of key groups that are needed to open the file; else the file\'s own number stays' -r
complete -c sops -n "__fish_sops_using_subcommand updatekeys" -l input-type -d 'Format of the input: yaml, json, dotenv, ini, toml or binary; else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand updatekeys" -l files-from -d 'Take the files that this file names, a line each; - is stdin' -r
complete -c sops -n "__fish_sops_using_subcommand updatekeys" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand updatekeys" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand updatekeys" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand updatekeys" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand updatekeys" -s y -l yes -d 'Make the changes without asking'
complete -c sops -n "__fish_sops_using_subcommand updatekeys" -l rotate-on-remove -d 'Where a key goes, encrypt the file under a new data key too'
complete -c sops -n "__fish_sops_using_subcommand updatekeys" -l each -d 'Take each FILE of the command line, not the first one alone'
complete -c sops -n "__fish_sops_using_subcommand updatekeys" -l recursive -d 'Go into folders too; without FILE, into the working directory'
complete -c sops -n "__fish_sops_using_subcommand updatekeys" -s 0 -l null -d 'With --files-from: names end with a zero byte'
complete -c sops -n "__fish_sops_using_subcommand updatekeys" -l git-tracked -d 'Take the files that git tracks, below FILE… or the working directory'
complete -c sops -n "__fish_sops_using_subcommand updatekeys" -l dry-run -d 'Tell what would change, and write nothing'
complete -c sops -n "__fish_sops_using_subcommand updatekeys" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand updatekeys" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand check" -l max-age -d 'Find files that were last encrypted longer ago than this: 90d, 12w or 1y' -r
complete -c sops -n "__fish_sops_using_subcommand check" -l skip -d 'Leave out findings of these kinds, a comma list of their names' -r
complete -c sops -n "__fish_sops_using_subcommand check" -l output-format -d 'How the findings are printed: text, json or sarif' -r
complete -c sops -n "__fish_sops_using_subcommand check" -l files-from -d 'Take the files that this file names, a line each; - is stdin' -r
complete -c sops -n "__fish_sops_using_subcommand check" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand check" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand check" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand check" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand check" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand check" -l staged -d 'Check what is staged in git for the next commit, not the files on disk'
complete -c sops -n "__fish_sops_using_subcommand check" -l fix -d 'Encrypt forgotten files, and values in clear text in encrypted ones; with --staged, stage them again'
complete -c sops -n "__fish_sops_using_subcommand check" -l keys -d 'Open the files too, and verify their MACs'
complete -c sops -n "__fish_sops_using_subcommand check" -l recursive -d 'Go into folders too; without FILE, into the working directory'
complete -c sops -n "__fish_sops_using_subcommand check" -s 0 -l null -d 'With --files-from: names end with a zero byte'
complete -c sops -n "__fish_sops_using_subcommand check" -l git-tracked -d 'Take the files that git tracks, below FILE… or the working directory'
complete -c sops -n "__fish_sops_using_subcommand check" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand check" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand check" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand report" -l fail-on -d 'Fail if this is found, a comma list: clear-text, former, old-key' -r
complete -c sops -n "__fish_sops_using_subcommand report" -l max-key-age -d 'What makes a data key old: 90d, 12w or 1y' -r
complete -c sops -n "__fish_sops_using_subcommand report" -l output-format -d 'How the answer is printed: text or json' -r
complete -c sops -n "__fish_sops_using_subcommand report" -l files-from -d 'Take the files that this file names, a line each; - is stdin' -r
complete -c sops -n "__fish_sops_using_subcommand report" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand report" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand report" -l all -d 'Look through all branches, tags and stashes of git, not only what led to the current commit'
complete -c sops -n "__fish_sops_using_subcommand report" -l recursive -d 'Go into folders too; without FILE, into the working directory'
complete -c sops -n "__fish_sops_using_subcommand report" -s 0 -l null -d 'With --files-from: names end with a zero byte'
complete -c sops -n "__fish_sops_using_subcommand report" -l git-tracked -d 'Take the files that git tracks, below FILE… or the working directory'
complete -c sops -n "__fish_sops_using_subcommand report" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand report" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand groups; and not __fish_seen_subcommand_from add delete" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand groups; and not __fish_seen_subcommand_from add delete" -f -a "add" -d 'Add a key group to a file and print it'
complete -c sops -n "__fish_sops_using_subcommand groups; and not __fish_seen_subcommand_from add delete" -f -a "delete" -d 'Remove a key group from a file and print it'
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -s f -l file -d 'The file whose groups are to be changed' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -l shamir-secret-sharing-threshold -d 'Number of key groups that are needed to open the file from now on' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -l age -d 'age recipients' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -l pgp -d 'PGP fingerprints' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -l kms -d 'AWS KMS keys as ARN or ARN+ROLE' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -l aws-profile -d 'Profile of the AWS configuration to use with --kms' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -l gcp-kms -d 'GCP KMS resource ids' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -l hckms -d 'HuaweiCloud KMS keys as region:key-uuid' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -l azure-kv -d 'Azure Key Vault keys as https://VAULT/keys/NAME/VERSION' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -l hc-vault-transit -d 'Keys of Vault\'s transit engine as https://HOST/v1/ENGINE/keys/NAME' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -l encryption-context -d 'Encryption context of the KMS keys, as in app:web,env:prod' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -s i -l in-place -d 'Write the result back to the file'
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from delete" -s f -l file -d 'The file whose groups are to be changed' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from delete" -l shamir-secret-sharing-threshold -d 'Number of key groups that are needed to open the file from now on' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from delete" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from delete" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from delete" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from delete" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from delete" -s i -l in-place -d 'Write the result back to the file'
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from delete" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand groups; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand exec-env" -l user -d 'Run the command as this user' -r
complete -c sops -n "__fish_sops_using_subcommand exec-env" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand exec-env" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand exec-env" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand exec-env" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand exec-env" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand exec-env" -l background -d 'Do not wait for the command (deprecated)'
complete -c sops -n "__fish_sops_using_subcommand exec-env" -l pristine -d 'Give the command nothing of our own environment'
complete -c sops -n "__fish_sops_using_subcommand exec-env" -l same-process -d 'Become the command instead of waiting for it'
complete -c sops -n "__fish_sops_using_subcommand exec-env" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand exec-env" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand exec-env" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand exec-file" -l user -d 'Run the command as this user' -r
complete -c sops -n "__fish_sops_using_subcommand exec-file" -l placeholder -d 'What stands for the path of the file in COMMAND' -r
complete -c sops -n "__fish_sops_using_subcommand exec-file" -l filename -d 'Name of the temporary file' -r
complete -c sops -n "__fish_sops_using_subcommand exec-file" -l input-type -d 'Format of the input: yaml, json, dotenv, ini, toml or binary; else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand exec-file" -l output-type -d 'Format of the output: yaml, json, dotenv, ini, toml or binary (decrypt: or k8s-secret); else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand exec-file" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand exec-file" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand exec-file" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand exec-file" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand exec-file" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand exec-file" -l background -d 'Do not wait for the command (deprecated)'
complete -c sops -n "__fish_sops_using_subcommand exec-file" -l no-fifo -d 'Use a regular file instead of a pipe'
complete -c sops -n "__fish_sops_using_subcommand exec-file" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand exec-file" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand exec-file" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand run" -l only -d 'Take only the variables that fit, as in \'DB_*\'; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand run" -l except -d 'Leave out the variables that fit; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand run" -l prefix -d 'Put this in front of every name' -r
complete -c sops -n "__fish_sops_using_subcommand run" -l separator -d 'What stands between the keys with --flatten' -r
complete -c sops -n "__fish_sops_using_subcommand run" -l extract -d 'Take the values below this path of each file only' -r
complete -c sops -n "__fish_sops_using_subcommand run" -l required -d 'Do not start the command without these variables from the files, or if one is empty; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand run" -l mount -d 'Make a file for the command of a template or an encrypted file; NAME becomes a variable with its path, and so does {NAME} in ARGS; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand run" -l user -d 'Run the command as this user' -r
complete -c sops -n "__fish_sops_using_subcommand run" -l input-type -d 'Format of the files: yaml, json, dotenv, ini, toml or binary; else the names decide' -r
complete -c sops -n "__fish_sops_using_subcommand run" -l dotenv-dialect -d 'Who reads dotenv files: sops, raw, docker, node or shell; but for sops, files that are encrypted whole are read as dotenv too' -r
complete -c sops -n "__fish_sops_using_subcommand run" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand run" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand run" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand run" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand run" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand run" -l flatten -d 'Make variables of nested values too, as in A_B_0'
complete -c sops -n "__fish_sops_using_subcommand run" -l mask -d 'Hide the values of the files in what the command prints'
complete -c sops -n "__fish_sops_using_subcommand run" -l pristine -d 'Give the command nothing of our own environment'
complete -c sops -n "__fish_sops_using_subcommand run" -l same-process -d 'Become the command instead of waiting for it'
complete -c sops -n "__fish_sops_using_subcommand run" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand run" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand run" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand get" -l output-format -d 'How: raw, json, shell (to be evaluated) or env (lines NAME=value)' -r
complete -c sops -n "__fish_sops_using_subcommand get" -l default -d 'Print this for a value that is missing or null' -r
complete -c sops -n "__fish_sops_using_subcommand get" -l input-type -d 'Format of the file: yaml, json, dotenv, ini, toml or binary; else its name decides' -r
complete -c sops -n "__fish_sops_using_subcommand get" -l dotenv-dialect -d 'Who reads dotenv files: sops, raw, docker, node or shell; but for sops, files that are encrypted whole are read as dotenv too' -r
complete -c sops -n "__fish_sops_using_subcommand get" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand get" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand get" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand get" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand get" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand get" -l ignore-mac -d 'Do not check the MAC: the file may have been tampered with'
complete -c sops -n "__fish_sops_using_subcommand get" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand get" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand get" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand render" -l file -d 'One more file, whose values are below NAME in the template; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand render" -l output -d 'Write the result to PATH; a new file is readable by its owner only' -r
complete -c sops -n "__fish_sops_using_subcommand render" -l delimiters -d 'The two marks around a path, with a blank between them' -r
complete -c sops -n "__fish_sops_using_subcommand render" -l input-type -d 'Format of the files: yaml, json, dotenv, ini, toml or binary; else the names decide' -r
complete -c sops -n "__fish_sops_using_subcommand render" -l dotenv-dialect -d 'Who reads dotenv files: sops, raw, docker, node or shell; but for sops, files that are encrypted whole are read as dotenv too' -r
complete -c sops -n "__fish_sops_using_subcommand render" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand render" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand render" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand render" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand render" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand render" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand render" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand render" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand generate" -l kind -d 'What: password, token, hex, uuid or age-key' -r
complete -c sops -n "__fish_sops_using_subcommand generate" -l length -d 'How many characters a password has (32), or how many random bytes a token or hex is made of (32)' -r
complete -c sops -n "__fish_sops_using_subcommand generate" -l charset -d 'What a password is made of: alnum, alpha, digits, symbols (alnum and symbols), or these characters' -r
complete -c sops -n "__fish_sops_using_subcommand generate" -l input-type -d 'Format of the input: yaml, json, dotenv, ini, toml or binary; else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand generate" -l output-type -d 'Format of the output: yaml, json, dotenv, ini, toml or binary (decrypt: or k8s-secret); else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand generate" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand generate" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand generate" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand generate" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand generate" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand generate" -l force -d 'Take the place of a value that is there'
complete -c sops -n "__fish_sops_using_subcommand generate" -l ignore-mac -d 'Do not check the MAC: the file may have been tampered with'
complete -c sops -n "__fish_sops_using_subcommand generate" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand generate" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand generate" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand krm" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand krm" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand krm" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand krm" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand krm" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand krm" -l ignore-mac -d 'Open files, and resources that kustomize hands over, without checking their MAC'
complete -c sops -n "__fish_sops_using_subcommand krm" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand krm" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand krm" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand publish" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand publish" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand publish" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand publish" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand publish" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand publish" -s y -l yes -d 'Publish without asking'
complete -c sops -n "__fish_sops_using_subcommand publish" -l dry-run -d 'Say what would change at the destinations, and change nothing'
complete -c sops -n "__fish_sops_using_subcommand publish" -l omit-extensions -d 'Cut the extension off the names at the destination'
complete -c sops -n "__fish_sops_using_subcommand publish" -l recursive -d 'Publish all files below a folder'
complete -c sops -n "__fish_sops_using_subcommand publish" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand publish" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand publish" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand keyservice" -l network -l net -d 'Kind of network to listen on: tcp, tcp4, tcp6 or unix' -r
complete -c sops -n "__fish_sops_using_subcommand keyservice" -l address -l addr -d 'Address to listen on: HOST:PORT, or the path of a socket' -r
complete -c sops -n "__fish_sops_using_subcommand keyservice" -l prompt -d 'Ask before every answer'
complete -c sops -n "__fish_sops_using_subcommand keyservice" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand keyservice" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand filestatus" -l input-type -d 'Format of the input: yaml, json, dotenv, ini, toml or binary; else the file\'s name decides' -r
complete -c sops -n "__fish_sops_using_subcommand filestatus" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand filestatus" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand filestatus" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand filestatus" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand doctor" -l input-type -d 'Format of the file: yaml, json, dotenv, ini, toml or binary; else its name decides' -r
complete -c sops -n "__fish_sops_using_subcommand doctor" -l output-format -d 'How the answer is printed: text or json' -r
complete -c sops -n "__fish_sops_using_subcommand doctor" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand doctor" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand doctor" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand doctor" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand doctor" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand doctor" -l online -d 'Also ask keys that are reached over the network'
complete -c sops -n "__fish_sops_using_subcommand doctor" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand doctor" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand keys" -l output-format -d 'How the answer is printed: text or json' -r
complete -c sops -n "__fish_sops_using_subcommand keys" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand keys" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand keys" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand keys" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand init" -l recipient -d 'Who else can open the files: an age recipient, an SSH key or a PGP fingerprint; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand init" -l path-regex -d 'Which files are encrypted: a regular expression that their path below here meets' -r
complete -c sops -n "__fish_sops_using_subcommand init" -l encrypted-regex -d 'Which of their values: those below keys that meet this regular expression; else all' -r
complete -c sops -n "__fish_sops_using_subcommand init" -l name -d 'What you are called in .sops.yaml; else your user name' -r
complete -c sops -n "__fish_sops_using_subcommand init" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand init" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand init" -s y -l yes -d 'Ask nothing: take what flags say, and else the defaults'
complete -c sops -n "__fish_sops_using_subcommand init" -l dry-run -d 'Say what would be written, and write nothing'
complete -c sops -n "__fish_sops_using_subcommand init" -l no-identity -d 'Make no identity; --recipient says who can open the files'
complete -c sops -n "__fish_sops_using_subcommand init" -l git -d 'Set git up too, as `git install` does'
complete -c sops -n "__fish_sops_using_subcommand init" -l no-git -d 'Do not set git up, and do not ask about it'
complete -c sops -n "__fish_sops_using_subcommand init" -l hook -d 'Write a hook that runs `check --staged` before each commit'
complete -c sops -n "__fish_sops_using_subcommand init" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand init" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand config; and not __fish_seen_subcommand_from check explain schema" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand config; and not __fish_seen_subcommand_from check explain schema" -f -a "check" -d 'Find what is wrong in .sops.yaml, and what does not do what it seems to'
complete -c sops -n "__fish_sops_using_subcommand config; and not __fish_seen_subcommand_from check explain schema" -f -a "explain" -d 'Tell which rule is for a file and why, with which keys, and which values it encrypts'
complete -c sops -n "__fish_sops_using_subcommand config; and not __fish_seen_subcommand_from check explain schema" -f -a "schema" -d 'Print the JSON Schema of .sops.yaml, for editors'
complete -c sops -n "__fish_sops_using_subcommand config; and __fish_seen_subcommand_from check" -l output-format -d 'How the answer is printed: text or json' -r
complete -c sops -n "__fish_sops_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand config; and __fish_seen_subcommand_from check" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand config; and __fish_seen_subcommand_from check" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand config; and __fish_seen_subcommand_from explain" -l input-type -d 'Format of the file: yaml, json, dotenv, ini, toml or binary; else its name decides' -r
complete -c sops -n "__fish_sops_using_subcommand config; and __fish_seen_subcommand_from explain" -l output-format -d 'How the answer is printed: text or json' -r
complete -c sops -n "__fish_sops_using_subcommand config; and __fish_seen_subcommand_from explain" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand config; and __fish_seen_subcommand_from explain" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand config; and __fish_seen_subcommand_from explain" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand config; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand config; and __fish_seen_subcommand_from schema" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand config; and __fish_seen_subcommand_from schema" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand config; and __fish_seen_subcommand_from schema" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand config; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand git; and not __fish_seen_subcommand_from install uninstall resolve textconv merge-driver mergetool clean smudge filter-process" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand git; and not __fish_seen_subcommand_from install uninstall resolve textconv merge-driver mergetool clean smudge filter-process" -f -a "install" -d 'Set git up for encrypted files: diff, merge, mergetool and, if wanted, transparent checkout'
complete -c sops -n "__fish_sops_using_subcommand git; and not __fish_seen_subcommand_from install uninstall resolve textconv merge-driver mergetool clean smudge filter-process" -f -a "uninstall" -d 'Take back what `git install` set up, and nothing else'
complete -c sops -n "__fish_sops_using_subcommand git; and not __fish_seen_subcommand_from install uninstall resolve textconv merge-driver mergetool clean smudge filter-process" -f -a "resolve" -d 'Resolve the conflict in a file: both plaintext values in the editor, an encrypted file when it is saved'
complete -c sops -n "__fish_sops_using_subcommand git; and not __fish_seen_subcommand_from install uninstall resolve textconv merge-driver mergetool clean smudge filter-process" -f -a "textconv" -d 'Print a file for git diff: its values, or which of them changed'
complete -c sops -n "__fish_sops_using_subcommand git; and not __fish_seen_subcommand_from install uninstall resolve textconv merge-driver mergetool clean smudge filter-process" -f -a "merge-driver" -d 'Merge three versions of a file leaf by leaf, for git\'s merge.sops.driver'
complete -c sops -n "__fish_sops_using_subcommand git; and not __fish_seen_subcommand_from install uninstall resolve textconv merge-driver mergetool clean smudge filter-process" -f -a "mergetool" -d 'Resolve a merge in the editor, for git\'s mergetool'
complete -c sops -n "__fish_sops_using_subcommand git; and not __fish_seen_subcommand_from install uninstall resolve textconv merge-driver mergetool clean smudge filter-process" -f -a "clean" -d 'Encrypt stdin as the file of this name on its way into git'
complete -c sops -n "__fish_sops_using_subcommand git; and not __fish_seen_subcommand_from install uninstall resolve textconv merge-driver mergetool clean smudge filter-process" -f -a "smudge" -d 'Decrypt stdin as the file of this name on its way into the work tree'
complete -c sops -n "__fish_sops_using_subcommand git; and not __fish_seen_subcommand_from install uninstall resolve textconv merge-driver mergetool clean smudge filter-process" -f -a "filter-process" -d 'Encrypt and decrypt for git as long as it asks, for filter.sops.process'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from install" -l pattern -d 'Files by a pattern of .gitattributes, as in secrets/*.yaml; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from install" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from install" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from install" -l local -d 'For this repository: .gitattributes at its top and its own configuration (the default)'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from install" -l global -d 'For all repositories of this user'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from install" -l dry-run -d 'Say what would be changed, and change nothing'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from install" -l redact -d 'Let diffs show only which values changed, never what they are'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from install" -l filter -d 'Keep files decrypted in the work tree and encrypted in git'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from install" -l force -d 'Take over settings of the same name that are not ours'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from install" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from uninstall" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from uninstall" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from uninstall" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from uninstall" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from uninstall" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from uninstall" -l local -d 'For this repository: .gitattributes at its top and its own configuration (the default)'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from uninstall" -l global -d 'For all repositories of this user'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from uninstall" -l dry-run -d 'Say what would be changed, and change nothing'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from uninstall" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from uninstall" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from uninstall" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from resolve" -l metadata -d 'Whose recipients and selection count where both sides changed them: ours or theirs' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from resolve" -l input-type -d 'Format of the file: yaml, json, dotenv, ini, toml or binary; else its name decides' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from resolve" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from resolve" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from resolve" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from resolve" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from resolve" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from resolve" -l ours -d 'Take our value wherever both sides changed one; no editor is started'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from resolve" -l theirs -d 'Take their value wherever both sides changed one; no editor is started'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from resolve" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from resolve" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from resolve" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from textconv" -l input-type -d 'Format of the file: yaml, json, dotenv, ini, toml or binary; else its name decides' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from textconv" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from textconv" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from textconv" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from textconv" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from textconv" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from textconv" -l redact -d 'In place of each encrypted value print a mark that changes when the value is written anew'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from textconv" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from textconv" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from textconv" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from merge-driver" -l marker-size -d 'Length of conflict markers (git\'s %L)' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from merge-driver" -l input-type -d 'Format of the file: yaml, json, dotenv, ini, toml or binary; else its name decides' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from merge-driver" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from merge-driver" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from merge-driver" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from merge-driver" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from merge-driver" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from merge-driver" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from merge-driver" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from merge-driver" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from mergetool" -l metadata -d 'Whose recipients and selection count where both sides changed them: ours or theirs' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from mergetool" -l input-type -d 'Format of the file: yaml, json, dotenv, ini, toml or binary; else its name decides' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from mergetool" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from mergetool" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from mergetool" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from mergetool" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from mergetool" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from mergetool" -l ours -d 'Take our value wherever both sides changed one; no editor is started'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from mergetool" -l theirs -d 'Take their value wherever both sides changed one; no editor is started'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from mergetool" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from mergetool" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from mergetool" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l input-type -d 'Format of the file: yaml, json, dotenv, ini, toml or binary; else its name decides' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -s a -l age -d 'age recipients, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -s R -l age-recipients-file -d 'A file of age recipients, one to a line; # starts a comment' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -s p -l pgp -d 'PGP fingerprints, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -s k -l kms -d 'AWS KMS keys as ARN or ARN+ROLE, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l aws-profile -d 'Profile of the AWS configuration to use with --kms' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l gcp-kms -d 'GCP KMS resource ids, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l hckms -d 'HuaweiCloud KMS keys as region:key-uuid, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l azure-kv -d 'Azure Key Vault keys as https://VAULT/keys/NAME/VERSION, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l hc-vault-transit -d 'Keys of Vault\'s transit engine as https://HOST/v1/ENGINE/keys/NAME, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l encryption-context -d 'Encryption context of the KMS keys, as in app:web,env:prod' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l shamir-secret-sharing-threshold -d 'Number of key groups that are needed to open the file' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l unencrypted-suffix -d 'Leave values in clear whose key ends so' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l encrypted-suffix -d 'Encrypt only values whose key ends so' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l unencrypted-regex -d 'Leave values in clear whose key matches' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l encrypted-regex -d 'Encrypt only values whose key matches' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l unencrypted-comment-regex -d 'Leave values in clear that have a matching comment' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l encrypted-comment-regex -d 'Encrypt only values that have a matching comment' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l mac-only-encrypted -d 'Let the MAC cover only the values that are encrypted'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -l seal -d 'Put a seal on the file: keys, order, types, comments and metadata cannot be changed unseen either'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from clean" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from smudge" -l input-type -d 'Format of the file: yaml, json, dotenv, ini, toml or binary; else its name decides' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from smudge" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from smudge" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from smudge" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from smudge" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from smudge" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from smudge" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from smudge" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from smudge" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l input-type -d 'Format of the file: yaml, json, dotenv, ini, toml or binary; else its name decides' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l enable-local-keyservice -d 'Use the keys of this machine' -r -f -a "true\t''
false\t''"
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l keyservice -d 'Ask this key service too, as in tcp://localhost:5000 or unix:///run/sops.sock; may be repeated' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l decryption-order -d 'Kinds of keys to try first: a comma list of age pgp kms gcp_kms hckms azure_kv hc_vault' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l config -d 'Use this configuration file and search for none' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l indent -d 'Indent what is written fresh by this many blanks' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -s a -l age -d 'age recipients, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -s R -l age-recipients-file -d 'A file of age recipients, one to a line; # starts a comment' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -s p -l pgp -d 'PGP fingerprints, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -s k -l kms -d 'AWS KMS keys as ARN or ARN+ROLE, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l aws-profile -d 'Profile of the AWS configuration to use with --kms' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l gcp-kms -d 'GCP KMS resource ids, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l hckms -d 'HuaweiCloud KMS keys as region:key-uuid, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l azure-kv -d 'Azure Key Vault keys as https://VAULT/keys/NAME/VERSION, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l hc-vault-transit -d 'Keys of Vault\'s transit engine as https://HOST/v1/ENGINE/keys/NAME, a comma list' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l encryption-context -d 'Encryption context of the KMS keys, as in app:web,env:prod' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l shamir-secret-sharing-threshold -d 'Number of key groups that are needed to open the file' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l unencrypted-suffix -d 'Leave values in clear whose key ends so' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l encrypted-suffix -d 'Encrypt only values whose key ends so' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l unencrypted-regex -d 'Leave values in clear whose key matches' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l encrypted-regex -d 'Encrypt only values whose key matches' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l unencrypted-comment-regex -d 'Leave values in clear that have a matching comment' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l encrypted-comment-regex -d 'Encrypt only values that have a matching comment' -r
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l strict -d 'Refuse files without a seal (see sops help seal)'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l verbose -d 'Say more on stderr about what is done'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l mac-only-encrypted -d 'Let the MAC cover only the values that are encrypted'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -l seal -d 'Put a seal on the file: keys, order, types, comments and metadata cannot be changed unseen either'
complete -c sops -n "__fish_sops_using_subcommand git; and __fish_seen_subcommand_from filter-process" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand completion; and not __fish_seen_subcommand_from bash zsh fish powershell elvish" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand completion; and not __fish_seen_subcommand_from bash zsh fish powershell elvish" -f -a "bash" -d 'Print the completion for bash'
complete -c sops -n "__fish_sops_using_subcommand completion; and not __fish_seen_subcommand_from bash zsh fish powershell elvish" -f -a "zsh" -d 'Print the completion for zsh'
complete -c sops -n "__fish_sops_using_subcommand completion; and not __fish_seen_subcommand_from bash zsh fish powershell elvish" -f -a "fish" -d 'Print the completion for fish'
complete -c sops -n "__fish_sops_using_subcommand completion; and not __fish_seen_subcommand_from bash zsh fish powershell elvish" -f -a "powershell" -d 'Print the completion for PowerShell'
complete -c sops -n "__fish_sops_using_subcommand completion; and not __fish_seen_subcommand_from bash zsh fish powershell elvish" -f -a "elvish" -d 'Print the completion for elvish'
complete -c sops -n "__fish_sops_using_subcommand completion; and __fish_seen_subcommand_from bash" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand completion; and __fish_seen_subcommand_from zsh" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand completion; and __fish_seen_subcommand_from fish" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand completion; and __fish_seen_subcommand_from powershell" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand completion; and __fish_seen_subcommand_from elvish" -s h -l help -d 'Print help'
complete -c sops -n "__fish_sops_using_subcommand help" -s h -l help -d 'Print help'
