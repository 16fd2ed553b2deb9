# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_flowbit_global_optspecs
    string join \n uri= profile= config= preset= master-db= o/output= json reason= no-input timeout= color= v/verbose q/quiet h/help V/version
end

function __fish_flowbit_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_flowbit_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_flowbit_using_subcommand
    set -l cmd (__fish_flowbit_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c flowbit -n "__fish_flowbit_needs_command" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_needs_command" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_needs_command" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_needs_command" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_needs_command" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_needs_command" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_needs_command" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_needs_command" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_needs_command" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_needs_command" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_needs_command" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_needs_command" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_needs_command" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_needs_command" -s V -l version -d 'Print version'
complete -c flowbit -n "__fish_flowbit_needs_command" -f -a "org" -d 'Create, list, show, rename, delete, restore and purge organizations'
complete -c flowbit -n "__fish_flowbit_needs_command" -f -a "user" -d 'List, show, create, change, delete and import accounts, and check their passwords'
complete -c flowbit -n "__fish_flowbit_needs_command" -f -a "op" -d 'List, show, finish and undo operations that were begun'
complete -c flowbit -n "__fish_flowbit_needs_command" -f -a "seed" -d 'Write, compare and remove the documents of seed sets'
complete -c flowbit -n "__fish_flowbit_needs_command" -f -a "screen" -d 'List, show, change and check the screens of tenants in the platform\'s registry file'
complete -c flowbit -n "__fish_flowbit_needs_command" -f -a "token" -d 'Issue, look at, verify, refresh, revoke and list tokens that the platform\'s backend accepts'
complete -c flowbit -n "__fish_flowbit_needs_command" -f -a "key" -d 'Make, rotate, retire and publish the keys that tokens are signed with'
complete -c flowbit -n "__fish_flowbit_needs_command" -f -a "audit" -d 'Ask, follow, export, seal and prove the audit trail'
complete -c flowbit -n "__fish_flowbit_needs_command" -f -a "isolation" -d 'Find every leak between tenants, and prove that there is none'
complete -c flowbit -n "__fish_flowbit_needs_command" -f -a "doctor" -d 'Check the platform for what is known to go wrong, and say how to repair it'
complete -c flowbit -n "__fish_flowbit_needs_command" -f -a "local" -d 'Start, stop and look at the local MongoDB that flowbit manages'
complete -c flowbit -n "__fish_flowbit_needs_command" -f -a "config" -d 'Show the settings in force and where each came from'
complete -c flowbit -n "__fish_flowbit_needs_command" -f -a "init" -d 'Write a platform description: look at a server, or start from a preset'
complete -c flowbit -n "__fish_flowbit_needs_command" -f -a "schema" -d 'Print the JSON Schema of a file that flowbit reads'
complete -c flowbit -n "__fish_flowbit_needs_command" -f -a "quickstart" -d 'Try it: a local MongoDB, two demo tenants, a rename with its data'
complete -c flowbit -n "__fish_flowbit_needs_command" -f -a "explain" -d 'Explain an error code'
complete -c flowbit -n "__fish_flowbit_needs_command" -f -a "completions" -d 'Print the completion script of a shell'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -f -a "create" -d 'Create an organization with its administrator, collections and indexes'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -f -a "list" -d 'List organizations'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -f -a "ls" -d 'List organizations'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -f -a "show" -d 'Show one organization: documents, bytes, indexes, administrators, state'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -f -a "footprint" -d 'Show every place where an organization\'s name, slug, store or identifier stands'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -f -a "rename" -d 'Rename an organization with its collections and every copy of the name'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -f -a "delete" -d 'Delete an organization so that it can be restored'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -f -a "rm" -d 'Delete an organization so that it can be restored'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -f -a "restore" -d 'Restore a deleted organization'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and not __fish_seen_subcommand_from create list ls show footprint rename delete rm restore purge" -f -a "purge" -d 'Remove a deleted organization for good'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l admin-email -d 'E-mail of its administrator' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l from -d 'Read this list: CSV with the columns name, email and, where passwords are given, password_file; or JSON Lines; `-` is standard input' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l password-dir -d 'Write generated passwords into this directory, a new file for each organization (mode 0600)' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l jobs -d 'How many organizations to work on at a time' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l max-failures -d 'Begin no further one when so many have failed; those that run are finished' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l password-file -d 'Read it from this file' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l password-env -d 'Read it from this environment variable' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l password-out -d 'Write a generated password into this new file (mode 0600)' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l confirm -d 'Confirm with the name it has now, or with the number of several, instead of being asked for it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l password-stdin -d 'Read the password from standard input'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l if-not-exists -d 'Succeed without a change if an organization of this name exists'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l exclusive -d 'Go on where the server cannot compare UUIDs; every writer must be stopped'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from list" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from list" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from list" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from list" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from list" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from list" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from list" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from list" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from list" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from list" -l deleted -d 'The deleted ones that can be restored'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from list" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from list" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from ls" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from ls" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from ls" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from ls" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from ls" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from ls" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from ls" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from ls" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from ls" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from ls" -l deleted -d 'The deleted ones that can be restored'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from ls" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from ls" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from show" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from show" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from show" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from show" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from show" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from show" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from show" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from show" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from show" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from show" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from show" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from footprint" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from footprint" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from footprint" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from footprint" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from footprint" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from footprint" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from footprint" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from footprint" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from footprint" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from footprint" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from footprint" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from footprint" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from footprint" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from footprint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l from -d 'Read old and new names from this list: CSV with the columns old and new, or JSON Lines; `-` is standard input' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l jobs -d 'How many organizations to work on at a time' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l max-failures -d 'Begin no further one when so many have failed; those that run are finished' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l confirm -d 'Confirm with the name it has now, or with the number of several, instead of being asked for it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l max-pause -d 'Copy online where writes would be refused for longer than this' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l exclusive -d 'Go on where the server cannot compare UUIDs; every writer must be stopped'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l no-registry -d 'Leave the registry file alone'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l online -d 'Copy while the platform writes; it is refused for the last moment only'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l frozen -d 'Copy with the platform\'s writes refused all the time'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -l from -d 'Read the names from this list, CSV with a column name or JSON Lines; `-` is standard input' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -l jobs -d 'How many organizations to work on at a time' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -l max-failures -d 'Begin no further one when so many have failed; those that run are finished' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -l keep-days -d 'Days in which it can be restored [default: from the platform description, 30]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -l confirm -d 'Confirm with the name it has now, or with the number of several, instead of being asked for it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -l exclusive -d 'Go on where the server cannot compare UUIDs; every writer must be stopped'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -l from -d 'Read the names from this list, CSV with a column name or JSON Lines; `-` is standard input' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -l jobs -d 'How many organizations to work on at a time' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -l max-failures -d 'Begin no further one when so many have failed; those that run are finished' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -l keep-days -d 'Days in which it can be restored [default: from the platform description, 30]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -l confirm -d 'Confirm with the name it has now, or with the number of several, instead of being asked for it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -l exclusive -d 'Go on where the server cannot compare UUIDs; every writer must be stopped'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -l from -d 'Read the names from this list, CSV with a column name or JSON Lines; `-` is standard input' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -l jobs -d 'How many organizations to work on at a time' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -l max-failures -d 'Begin no further one when so many have failed; those that run are finished' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -l confirm -d 'Confirm with the name it has now, or with the number of several, instead of being asked for it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -l exclusive -d 'Go on where the server cannot compare UUIDs; every writer must be stopped'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from restore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l from -d 'Read the names from this list, CSV with a column name or JSON Lines; `-` is standard input' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l jobs -d 'How many organizations to work on at a time' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l max-failures -d 'Begin no further one when so many have failed; those that run are finished' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l confirm -d 'Confirm with the name it has now, or with the number of several, instead of being asked for it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l expired -d 'Every deleted organization whose time for a restore is over'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l before-grace-ends -d 'Do not wait until the time for a restore is over'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l exclusive -d 'Go on where the server cannot compare UUIDs; every writer must be stopped'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l no-registry -d 'Leave the registry file alone'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand org; and __fish_seen_subcommand_from purge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -f -a "list" -d 'List the accounts of an organization, of the platform\'s owners, or of all organizations'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -f -a "ls" -d 'List the accounts of an organization, of the platform\'s owners, or of all organizations'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -f -a "show" -d 'Show one account: role, state, kind of hash, fields. Never a hash'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -f -a "create" -d 'Create an account'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -f -a "set-role" -d 'Give an account another role'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -f -a "enable" -d 'Let an account log in again'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -f -a "disable" -d 'Keep an account from logging in'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -f -a "reset-password" -d 'Give an account another password'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -f -a "delete" -d 'Delete an account'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -f -a "rm" -d 'Delete an account'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -f -a "check-password" -d 'Say whether a password is the one of an account'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and not __fish_seen_subcommand_from list ls show create set-role enable disable reset-password delete rm check-password import" -f -a "import" -d 'Create many accounts from a file'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from list" -l org -d 'The accounts of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from list" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from list" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from list" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from list" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from list" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from list" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from list" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from list" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from list" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from list" -l core -d 'The accounts of the platform\'s owners'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from list" -l all -d 'The accounts of all organizations'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from list" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from list" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from ls" -l org -d 'The accounts of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from ls" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from ls" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from ls" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from ls" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from ls" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from ls" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from ls" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from ls" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from ls" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from ls" -l core -d 'The accounts of the platform\'s owners'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from ls" -l all -d 'The accounts of all organizations'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from ls" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from ls" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from show" -l org -d 'The account is one of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from show" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from show" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from show" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from show" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from show" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from show" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from show" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from show" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from show" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from show" -l core -d 'The account is one of the platform\'s owners'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from show" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from show" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l org -d 'The account is one of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l role -d 'Its role, in the platform\'s spelling; needed where accounts have one' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l set -d 'Another value for a field that is the same in every account; may be given again' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l password-file -d 'Read it from this file' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l password-env -d 'Read it from this environment variable' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l password-out -d 'Write a generated password into this new file (mode 0600)' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l confirm -d 'Confirm with the e-mail of the account' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l core -d 'The account is one of the platform\'s owners'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l password-stdin -d 'Read the password from standard input'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -l org -d 'The account is one of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -l confirm -d 'Confirm with the e-mail of the account' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -l core -d 'The account is one of the platform\'s owners'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -l force -d 'Also if nobody administers the organization afterwards'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from set-role" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -l org -d 'The account is one of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -l confirm -d 'Confirm with the e-mail of the account' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -l core -d 'The account is one of the platform\'s owners'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from enable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -l org -d 'The account is one of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -l confirm -d 'Confirm with the e-mail of the account' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -l core -d 'The account is one of the platform\'s owners'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -l force -d 'Also if nobody administers the organization afterwards'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from disable" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l org -d 'The account is one of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l password-file -d 'Read it from this file' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l password-env -d 'Read it from this environment variable' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l password-out -d 'Write a generated password into this new file (mode 0600)' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l confirm -d 'Confirm with the e-mail of the account' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l core -d 'The account is one of the platform\'s owners'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l password-stdin -d 'Read the password from standard input'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from reset-password" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -l org -d 'The account is one of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -l confirm -d 'Confirm with the e-mail of the account' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -l core -d 'The account is one of the platform\'s owners'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -l force -d 'Also if nobody administers the organization afterwards'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -l org -d 'The account is one of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -l confirm -d 'Confirm with the e-mail of the account' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -l core -d 'The account is one of the platform\'s owners'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -l force -d 'Also if nobody administers the organization afterwards'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -l org -d 'The account is one of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -l password-file -d 'Read it from this file' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -l password-env -d 'Read it from this environment variable' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -l core -d 'The account is one of the platform\'s owners'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -l password-stdin -d 'Read the password from standard input'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from check-password" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -l org -d 'The account is one of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -l role -d 'Role of rows that have none' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -l passwords-out -d 'Write generated passwords into this new file (mode 0600): CSV with email and password' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -l jobs -d 'How many passwords to hash at a time [default: as many as there are cores]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -l confirm -d 'Confirm with the name of the organization, or `core`; needed through a protected profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -l core -d 'The account is one of the platform\'s owners'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -l dry-run -d 'Show what would become of each row and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand user; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -f -a "list" -d 'List operations, newest first'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -f -a "ls" -d 'List operations, newest first'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -f -a "show" -d 'Show one operation: its plan, how far it is, what happened'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -f -a "resume" -d 'Finish an operation that was interrupted'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -f -a "rollback" -d 'Undo an operation that was interrupted before its commit'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and not __fish_seen_subcommand_from list ls show resume rollback gc" -f -a "gc" -d 'Clear away aliases whose time is over, and what interrupted operations left'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from list" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from list" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from list" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from list" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from list" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from list" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from list" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from list" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from list" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from list" -l open -d 'Only those that are neither done nor undone'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from list" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from list" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from ls" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from ls" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from ls" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from ls" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from ls" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from ls" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from ls" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from ls" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from ls" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from ls" -l open -d 'Only those that are neither done nor undone'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from ls" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from ls" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from show" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from show" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from show" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from show" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from show" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from show" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from show" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from show" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from show" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from show" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from show" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -l confirm -d 'Confirm with the organization\'s name; needed through a protected profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -l wait -d 'Wait for another runner\'s lease to run out'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -l skip-registry -d 'Finish without the registry file, which you change by hand'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -l exclusive -d 'Go on where the server cannot compare UUIDs; every writer must be stopped'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from rollback" -l confirm -d 'Confirm with the organization\'s name; needed through a protected profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from rollback" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from rollback" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from rollback" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from rollback" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from rollback" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from rollback" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from rollback" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from rollback" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from rollback" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from rollback" -l wait -d 'Wait for another runner\'s lease to run out'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from rollback" -l exclusive -d 'Go on where the server cannot compare UUIDs; every writer must be stopped'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from rollback" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from rollback" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from rollback" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from rollback" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from rollback" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from gc" -l confirm -d 'Confirm with `gc`; needed through a protected profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from gc" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from gc" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from gc" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from gc" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from gc" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from gc" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from gc" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from gc" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from gc" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from gc" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from gc" -l exclusive -d 'Go on where the server cannot compare UUIDs; every writer must be stopped'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from gc" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from gc" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from gc" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from gc" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand op; and __fish_seen_subcommand_from gc" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -f -a "list" -d 'List the sets that can be named'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -f -a "ls" -d 'List the sets that can be named'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -f -a "show" -d 'Show what a set contains'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -f -a "lint" -d 'Check a set\'s files, without a server'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -f -a "apply" -d 'Write what is missing or different'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -f -a "verify" -d 'Compare what is there with the set'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -f -a "reset" -d 'Remove exactly what the set wrote'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -f -a "generate" -d 'Print the documents of a set, without a server'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and not __fish_seen_subcommand_from list ls show lint apply verify reset generate snapshot" -f -a "snapshot" -d 'Make a set of a living organization'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from list" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from list" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from list" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from list" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from list" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from list" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from list" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from list" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from list" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from list" -l applied -d 'List which sets were written into which organizations instead'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from list" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from list" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from ls" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from ls" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from ls" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from ls" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from ls" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from ls" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from ls" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from ls" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from ls" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from ls" -l applied -d 'List which sets were written into which organizations instead'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from ls" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from ls" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from show" -l org -d 'For this organization; may be repeated. Without it, for the tenants that the set names' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from show" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from show" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from show" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from show" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from show" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from show" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from show" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from show" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from show" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from show" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from show" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from lint" -l org -d 'For this organization; may be repeated. Without it, for the tenants that the set names' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from lint" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from lint" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from lint" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from lint" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from lint" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from lint" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from lint" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from lint" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from lint" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from lint" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from lint" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from lint" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from lint" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from lint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l org -d 'For this organization; may be repeated. Without it, for the tenants that the set names' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l scale -d 'Multiply the numbers of generated rows' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l seed-key -d 'The key of all random numbers: another key, other documents' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l as-of -d 'The moment that relative dates count from: RFC 3339, a day, `today` or `now`' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l jobs -d 'Batches under way at a time' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l passwords-out -d 'Write generated passwords into this new file (mode 0600), a line of e-mail and password for each' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l confirm -d 'Confirm with the name it has now, or with the number of several, instead of being asked for it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l create-org -d 'Make organizations that are not there, with the administrator that the set names'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l prune -d 'Delete documents of the set that it does not contain any more'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l password-stdin -d 'Read the password that the set calls `stdin` from standard input'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l no-registry -d 'Leave the registry file alone'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l exclusive -d 'Go on where the server cannot compare UUIDs; every writer must be stopped'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -l org -d 'For this organization; may be repeated. Without it, for the tenants that the set names' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -l scale -d 'Multiply the numbers of generated rows' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -l seed-key -d 'The key of all random numbers: another key, other documents' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -l as-of -d 'The moment that relative dates count from: RFC 3339, a day, `today` or `now`' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -l no-registry -d 'Leave the registry file alone'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -l org -d 'For this organization; may be repeated. Without it, for the tenants that the set names' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -l scale -d 'Multiply the numbers of generated rows' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -l seed-key -d 'The key of all random numbers: another key, other documents' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -l as-of -d 'The moment that relative dates count from: RFC 3339, a day, `today` or `now`' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -l confirm -d 'Confirm with the name it has now, or with the number of several, instead of being asked for it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -l exclusive -d 'Go on where the server cannot compare UUIDs; every writer must be stopped'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from reset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -l org -d 'For this organization; may be repeated. Without it, for the tenants that the set names' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -l scale -d 'Multiply the numbers of generated rows' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -l seed-key -d 'The key of all random numbers: another key, other documents' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -l as-of -d 'The moment that relative dates count from: RFC 3339, a day, `today` or `now`' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -l collection -d 'Only this collection of the set' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -l out -d 'Write a file for each organization and collection into this directory' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -l canonical -d 'Extended JSON that keeps every type'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l out -d 'Write the set into this new directory (mode 0700)' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l name -d 'Name of the set; after the organization unless given' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l limit -d 'Take at most so many documents of each collection' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l collection -d 'Take only this collection, by its name in the set; may be repeated' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l mask -d 'What becomes of a field: `tickets.title=drop`, `=pseudonym`, `=hash` or `=keep`; may be repeated' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l audit -d 'Take the organization\'s entries of the audit trail, too'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l dry-run -d 'Show what would be taken and write nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l keep-personal -d 'Leave e-mails, names, telephones and addresses as they are'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand seed; and __fish_seen_subcommand_from snapshot" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -f -a "list" -d 'List the screens of all tenants, or of one'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -f -a "ls" -d 'List the screens of all tenants, or of one'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -f -a "show" -d 'Show a tenant\'s entry in the registry'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -f -a "set" -d 'Add, change or remove screens of a tenant'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -f -a "validate" -d 'Check the registry file, and whether its tenants are those of the platform'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and not __fish_seen_subcommand_from list ls show set validate diff" -f -a "diff" -d 'Compare the registry with another file, also one in another shape'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from list" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from list" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from list" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from list" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from list" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from list" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from list" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from list" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from list" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from list" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from list" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from ls" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from ls" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from ls" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from ls" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from ls" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from ls" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from ls" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from ls" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from ls" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from ls" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from ls" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from show" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from show" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from show" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from show" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from show" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from show" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from show" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from show" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from show" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from show" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from show" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l name -d 'Name of the screen' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l url -d 'Address: absolute http(s), or beginning with `/`' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l icon -d 'Icon' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l description -d 'What it is for' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l id -d 'Identifier' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l key -d 'Key in the catalogue, in registries that have one' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l from -d 'Add or change all screens of this file, a JSON array; `-` is standard input' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l remove -d 'Remove the screen of this name, key, identifier or address' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l confirm -d 'Confirm with the organization\'s name; needed through a protected profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l clear -d 'Remove all screens; the entry stays'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l offline -d 'Ask no server whether the organization exists, and record nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from set" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from validate" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from validate" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from validate" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from validate" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from validate" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from validate" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from validate" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from validate" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from validate" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from validate" -l offline -d 'Look at the file alone'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from validate" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from validate" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from validate" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from validate" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from validate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from diff" -l other -d 'Compare FILE with this one instead of the registry with FILE' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from diff" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from diff" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from diff" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from diff" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from diff" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from diff" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from diff" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from diff" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from diff" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from diff" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from diff" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from diff" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand screen; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -f -a "issue" -d 'Make a token for an account'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -f -a "inspect" -d 'Show what a token says, without believing it'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -f -a "verify" -d 'Look at every layer of a token, and say what the backend would do with it'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -f -a "refresh" -d 'Use a refresh token up for new tokens'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -f -a "revoke" -d 'Take tokens back'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -f -a "list" -d 'List the tokens that flowbit issued'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and not __fish_seen_subcommand_from issue inspect verify refresh revoke list ls" -f -a "ls" -d 'List the tokens that flowbit issued'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l org -d 'Organization of the account' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l user -d 'E-mail of the account' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l context -d 'Whose world: a tenant\'s, or that of the platform\'s owners' -r -f -a "tenant\t'One tenant\'s'
core\t'That of the platform\'s owners'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l ttl -d 'How long it is good, such as 15m [default: as the platform\'s own]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l confirm -d 'Confirm with the e-mail, where the profile is protected' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l keys -d 'Directory of the keyring [env: FLOWBIT_KEYS]; otherwise one of flowbit\'s own, for this profile and platform' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l key -d 'Use this key alone: its name in the keyring, or the variable that holds it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l refresh -d 'Make a refresh token with it'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l support -d 'Act in the user\'s place: short, and the token says who really acts'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l raw -d 'Print the token and nothing else; with --refresh the refresh token in a second line'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l allow-weak-secret -d 'Sign with a secret that can be guessed, where the backend has no other'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from issue" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from inspect" -l token-file -d 'Read it from this file' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from inspect" -l token-env -d 'Read it from this environment variable' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from inspect" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from inspect" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from inspect" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from inspect" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from inspect" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from inspect" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from inspect" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from inspect" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from inspect" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from inspect" -l token-stdin -d 'Read the token from standard input (the default)'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from inspect" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from inspect" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from inspect" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from inspect" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l token-file -d 'Read it from this file' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l token-env -d 'Read it from this environment variable' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l use -d 'What it should be for' -r -f -a "access\t'Shown at each request'
refresh\t'Shown once, for new tokens'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l context -d 'Whose world it should open [default: either]' -r -f -a "tenant\t'One tenant\'s'
core\t'That of the platform\'s owners'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l leeway -d 'Seconds by which clocks may differ' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l keys -d 'Directory of the keyring [env: FLOWBIT_KEYS]; otherwise one of flowbit\'s own, for this profile and platform' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l key -d 'Use this key alone: its name in the keyring, or the variable that holds it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l token-stdin -d 'Read the token from standard input (the default)'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l token-file -d 'Read it from this file' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l token-env -d 'Read it from this environment variable' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l confirm -d 'Confirm with the word token, where the profile is protected' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l keys -d 'Directory of the keyring [env: FLOWBIT_KEYS]; otherwise one of flowbit\'s own, for this profile and platform' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l key -d 'Use this key alone: its name in the keyring, or the variable that holds it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l token-stdin -d 'Read the token from standard input (the default)'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l raw -d 'Print the access token and, in a second line, the refresh token'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l allow-weak-secret -d 'Sign with a secret that can be guessed, where the backend has no other'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from refresh" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l token-file -d 'Read it from this file' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l token-env -d 'Read it from this environment variable' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l id -d 'The token of this identifier: `token list` shows it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l org -d 'All tokens of this organization, or with --user of one account' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l user -d 'All tokens of this account' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l confirm -d 'Confirm with what is taken back (the organization, the e-mail, the identifier, or the word token), instead of being asked for it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l keys -d 'Directory of the keyring [env: FLOWBIT_KEYS]; otherwise one of flowbit\'s own, for this profile and platform' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l key -d 'Use this key alone: its name in the keyring, or the variable that holds it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l token-stdin -d 'Read the token from standard input (the default)'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l core -d 'The account is one of the platform\'s owners'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l dry-run -d 'Show what would be taken back and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from revoke" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -l org -d 'Of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -l user -d 'Of this account; with --org, or --core for the platform\'s owners' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -l core -d 'The account is one of the platform\'s owners'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -l all -d 'Also those that were used, taken back or are over'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -l stale -d 'Only those that carry a name which the organization does not have any more'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -l org -d 'Of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -l user -d 'Of this account; with --org, or --core for the platform\'s owners' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -l core -d 'The account is one of the platform\'s owners'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -l all -d 'Also those that were used, taken back or are over'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -l stale -d 'Only those that carry a name which the organization does not have any more'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand token; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -f -a "list" -d 'List the keys of the keyring and what each may do now'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -f -a "ls" -d 'List the keys of the keyring and what each may do now'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -f -a "generate" -d 'Make a key that signs'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -f -a "add" -d 'Take in a key that is kept elsewhere: in a file, a variable, a vault'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -f -a "rotate" -d 'Let a new key sign; the old one verifies as long as its tokens live'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -f -a "retire" -d 'Take a key out of use that no token needs any more'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -f -a "export" -d 'Print a public key, or write a private one into a file'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and not __fish_seen_subcommand_from list ls generate add rotate retire export jwks" -f -a "jwks" -d 'Print the public keys as a JWK set, for backends'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from list" -l keys -d 'Directory of the keyring [env: FLOWBIT_KEYS]; otherwise one of flowbit\'s own, for this profile and platform' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from list" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from list" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from list" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from list" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from list" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from list" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from list" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from list" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from list" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from list" -l seals -d 'The keyring of the audit trail\'s seals, not that of tokens [env: FLOWBIT_SEAL_KEYS]'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from list" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from list" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from list" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from ls" -l keys -d 'Directory of the keyring [env: FLOWBIT_KEYS]; otherwise one of flowbit\'s own, for this profile and platform' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from ls" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from ls" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from ls" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from ls" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from ls" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from ls" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from ls" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from ls" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from ls" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from ls" -l seals -d 'The keyring of the audit trail\'s seals, not that of tokens [env: FLOWBIT_SEAL_KEYS]'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from ls" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from ls" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from ls" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -l alg -d 'What it signs by; otherwise as the platform description or the old key says, or EdDSA' -r -f -a "HS256\t''
HS384\t''
HS512\t''
RS256\t''
ES256\t''
EdDSA\t''"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -l bits -d 'Size of an RSA key; 2048 without it' -r -f -a "2048\t''
3072\t''
4096\t''"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -l kid -d 'Its name; otherwise the thumbprint of its public half, or a random word' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -l not-before -d 'Sign from then on and not before: RFC 3339, a day, or a span from now such as `7d`' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -l not-after -d 'Good until then: after it the key signs nothing, and what it signed counts no longer' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -l keys -d 'Directory of the keyring [env: FLOWBIT_KEYS]; otherwise one of flowbit\'s own, for this profile and platform' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -l seals -d 'The keyring of the audit trail\'s seals, not that of tokens [env: FLOWBIT_SEAL_KEYS]'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from generate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l kid -d 'Its name, as it stands in headers of tokens' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l alg -d 'What it signs by' -r -f -a "HS256\t''
HS384\t''
HS512\t''
RS256\t''
ES256\t''
EdDSA\t''"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l file -d 'A file: the secret, or the private key as PEM' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l env -d 'An environment variable that holds it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l command -d 'A command that prints it: words as a shell would split them, or the program alone with --command-arg' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l command-arg -d 'An argument of the command, taken as it is; can be repeated' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l not-before -d 'Sign from then on and not before: RFC 3339, a day, or a span from now such as `7d`' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l not-after -d 'Good until then: after it the key signs nothing, and what it signed counts no longer' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l keys -d 'Directory of the keyring [env: FLOWBIT_KEYS]; otherwise one of flowbit\'s own, for this profile and platform' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l seals -d 'The keyring of the audit trail\'s seals, not that of tokens [env: FLOWBIT_SEAL_KEYS]'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from add" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -l alg -d 'What it signs by; otherwise as the platform description or the old key says, or EdDSA' -r -f -a "HS256\t''
HS384\t''
HS512\t''
RS256\t''
ES256\t''
EdDSA\t''"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -l bits -d 'Size of an RSA key; 2048 without it' -r -f -a "2048\t''
3072\t''
4096\t''"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -l kid -d 'Its name; otherwise the thumbprint of its public half, or a random word' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -l overlap -d 'How long the old key verifies; at least as long as the longest token lives, which is what holds without it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -l confirm -d 'Confirm with the name of the old key; needed through a protected profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -l keys -d 'Directory of the keyring [env: FLOWBIT_KEYS]; otherwise one of flowbit\'s own, for this profile and platform' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -l seals -d 'The keyring of the audit trail\'s seals, not that of tokens [env: FLOWBIT_SEAL_KEYS]'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from rotate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -l confirm -d 'Confirm with the name of the key: for --shred, and through a protected profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -l keys -d 'Directory of the keyring [env: FLOWBIT_KEYS]; otherwise one of flowbit\'s own, for this profile and platform' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -l force -d 'Also while tokens need it, and also where no server can be asked for them'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -l shred -d 'Destroy the secret or private key as well; this cannot be undone'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -l dry-run -d 'Show what would be done and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -l seals -d 'The keyring of the audit trail\'s seals, not that of tokens [env: FLOWBIT_SEAL_KEYS]'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from retire" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -l out -d 'Write into this file; a private key only into a new one' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -l env -d 'Write the private key as NAME=value, as files of environment variables have it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -l confirm -d 'Confirm with the name of the key; needed for private keys through a protected profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -l keys -d 'Directory of the keyring [env: FLOWBIT_KEYS]; otherwise one of flowbit\'s own, for this profile and platform' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -l jwk -d 'The public key as a JWK'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -l private -d 'The secret or private key itself, into the file of --out'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -l seals -d 'The keyring of the audit trail\'s seals, not that of tokens [env: FLOWBIT_SEAL_KEYS]'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from jwks" -l out -d 'Write it into this file, in place of an old one' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from jwks" -l keys -d 'Directory of the keyring [env: FLOWBIT_KEYS]; otherwise one of flowbit\'s own, for this profile and platform' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from jwks" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from jwks" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from jwks" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from jwks" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from jwks" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from jwks" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from jwks" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from jwks" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from jwks" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from jwks" -l seals -d 'The keyring of the audit trail\'s seals, not that of tokens [env: FLOWBIT_SEAL_KEYS]'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from jwks" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from jwks" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from jwks" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from jwks" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand key; and __fish_seen_subcommand_from jwks" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -f -a "query" -d 'Show what happened: entries of the audit trail, the newest first'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -f -a "show" -d 'Show one entry of the audit trail, whole'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -f -a "timeline" -d 'Tell the story of one thing: what was recorded about it, and what it says itself'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -f -a "stats" -d 'Count entries of the audit trail by what they say'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -f -a "index" -d 'Make the indexes that questions about the audit trail need'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -f -a "seal" -d 'Seal the audit trail: write down and sign which entries there are'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -f -a "verify" -d 'Prove that the audit trail is as it was sealed, or name what is not'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -f -a "prune" -d 'Erase entries whose time is over, whole seals at a time'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -f -a "hold" -d 'Place, release and list holds: while one is in force, nothing of the trail is erased'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -f -a "export" -d 'Export entries into a file, with a manifest that says what is in it'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -f -a "tail" -d 'Print the newest entries, and those that come'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and not __fish_seen_subcommand_from query show timeline stats index seal verify prune hold export tail doctor" -f -a "doctor" -d 'Look through the trail for what it leaves out, should not say, and what went across tenants'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l org -d 'Of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l actor -d 'By this account or program: an e-mail, an identifier, or the actor as entries have it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l action -d 'This action; an asterisk at the end stands for any rest: `ticket.*`' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l target -d 'About this: the identifier of a ticket, for instance' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l where -d 'With this value in this field; != for any other. Can be repeated' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l since -d 'From this moment on: `2h` (ago), `yesterday`, `2026-11-03` (UTC), RFC 3339, or `start`' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l until -d 'Before this moment' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l limit -d 'At most so many entries' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l all -d 'Of all organizations, and those that are of none'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l reverse -d 'The oldest first'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l canonical -d 'Extended JSON with the type of every value'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l mask -d 'Hide people: e-mails, actors, addresses and other personal data become pseudonyms, equal ones the same'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l no-resolve -d 'Do not look names up: identifiers stay as entries have them'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from query" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from show" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from show" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from show" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from show" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from show" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from show" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from show" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from show" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from show" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from show" -l canonical -d 'Extended JSON with the type of every value'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from show" -l mask -d 'Hide people: e-mails, actors, addresses and other personal data become pseudonyms, equal ones the same'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from show" -l no-resolve -d 'Do not look names up: identifiers stay as entries have them'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from show" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from show" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from timeline" -l target -d 'The identifier of a ticket, or of another thing that entries are about' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from timeline" -l org -d 'Look for it at this organization only' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from timeline" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from timeline" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from timeline" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from timeline" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from timeline" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from timeline" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from timeline" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from timeline" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from timeline" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from timeline" -l mask -d 'Hide people: e-mails, actors, addresses and other personal data become pseudonyms, equal ones the same'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from timeline" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from timeline" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from timeline" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from timeline" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from timeline" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l org -d 'Of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l by -d 'By these: action, actor, target, org, day, hour, weekday, month, or the path of a field' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l actor -d 'By this account or program: an e-mail, an identifier, or the actor as entries have it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l action -d 'This action; an asterisk at the end stands for any rest: `ticket.*`' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l target -d 'About this: the identifier of a ticket, for instance' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l where -d 'With this value in this field; != for any other. Can be repeated' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l since -d 'From this moment on: `2h` (ago), `yesterday`, `2026-11-03` (UTC), RFC 3339, or `start`' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l until -d 'Before this moment' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l top -d 'Only the N largest groups' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l all -d 'Of all organizations, and those that are of none'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l mask -d 'Hide people: e-mails, actors, addresses and other personal data become pseudonyms, equal ones the same'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l no-resolve -d 'Do not look names up: identifiers stay as entries have them'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from index" -l confirm -d 'Confirm with `index`; needed through a protected profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from index" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from index" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from index" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from index" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from index" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from index" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from index" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from index" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from index" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from index" -l time -d 'Also an index by time alone, for questions about all organizations'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from index" -l dry-run -d 'Show what would be made and do nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from index" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from index" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from index" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from index" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from index" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l org -d 'Of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l until -d 'Seal entries from before this moment; otherwise up to --settle ago' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l settle -d 'How long entries may be on their way' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l late -d 'How much later than their time entries may come' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l heads -d 'Write the heads of all chains into this file: keep it where the database\'s owner cannot write' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l confirm -d 'Confirm with the name of the organization, or with `all`; needed through a protected profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l keys -d 'Directory of the keyring of seals [env: FLOWBIT_SEAL_KEYS]; otherwise one of flowbit\'s own, for this profile and platform' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l all -d 'Of all organizations, and those that are of none'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l accept-late -d 'Take in what came later than that, too; it stays marked'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l begin-again -d 'Begin new chains where the old ones are damaged; those stay as they are, and verify goes on to name the damage. Only once it is understood'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l dry-run -d 'Say what would be sealed, and seal nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from seal" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l org -d 'The entries of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l file -d 'An exported file, with its manifest and seals beside it; asks no server' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l keys -d 'Directory of the keyring of seals [env: FLOWBIT_SEAL_KEYS]; otherwise one of flowbit\'s own, for this profile and platform' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l public -d 'Public keys as a JWK set (`flowbit key jwks --seals`); otherwise those of the keyring' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l heads -d 'Heads of chains that were written down outside of the database (`flowbit audit seal --json`): what was cut off behind them shows' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l all -d 'Those of all organizations, and of nobody'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -l org -d 'Of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -l before -d 'Erase what is older than this: `730d` (ago), `2025-01-01`, RFC 3339' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -l confirm -d 'Confirm without being asked: the name of the organization, or with --all the number of entries' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -l keys -d 'Directory of the keyring of seals [env: FLOWBIT_SEAL_KEYS]; otherwise one of flowbit\'s own, for this profile and platform' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -l all -d 'Of all organizations, and those that are of none'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -l dry-run -d 'Say what would be erased, and erase nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -f -a "place" -d 'Place a hold on the trail of an organization, or on everything'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -f -a "release" -d 'End a hold'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -f -a "list" -d 'List the holds in force'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from hold" -f -a "ls" -d 'List the holds in force'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l org -d 'Of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l out -d 'The file; `-` is the standard output. One that ends in .gz is compressed' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l actor -d 'By this account or program: an e-mail, an identifier, or the actor as entries have it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l action -d 'This action; an asterisk at the end stands for any rest: `ticket.*`' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l target -d 'About this: the identifier of a ticket, for instance' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l where -d 'With this value in this field; != for any other. Can be repeated' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l since -d 'From this moment on: `2h` (ago), `yesterday`, `2026-11-03` (UTC), RFC 3339, or `start`' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l until -d 'Before this moment' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l keys -d 'Directory of the keyring of seals [env: FLOWBIT_SEAL_KEYS]; otherwise one of flowbit\'s own, for this profile and platform' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l all -d 'Of all organizations, and those that are of none'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l gzip -d 'Compress with gzip'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l canonical -d 'Canonical extended JSON: every value keeps its type'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l resume -d 'Go on with an export that was not finished, or begin where there is none'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l force -d 'Replace FILE if it is there; without --resume, throw away an export that was not finished'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l org -d 'Of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -s n -l lines -d 'How many of the newest come first' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l since -d 'All from this moment on come first: `2h` (ago), `yesterday`, `2026-11-03` (UTC), RFC 3339, or `start`' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l actor -d 'By this account or program: an e-mail, an identifier, or the actor as entries have it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l action -d 'This action; an asterisk at the end stands for any rest: `ticket.*`' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l target -d 'About this: the identifier of a ticket, for instance' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l where -d 'With this value in this field; != for any other. Can be repeated' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l all -d 'Of all organizations, and those that are of none'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -s f -l follow -d 'Go on with what comes'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l canonical -d 'Canonical extended JSON: every value keeps its type'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l mask -d 'Hide people: e-mails, actors, addresses and other personal data become pseudonyms, equal ones the same'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from tail" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -l org -d 'Of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -l since -d 'From this moment on: `2h` (ago), `yesterday`, `2026-11-03` (UTC), RFC 3339, or `start`' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -l until -d 'Before this moment' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -l fail-on -d 'Exit with 6 from this severity on' -r -f -a "info\t'Anything at all'
warning\t'What will go wrong, or costs'
error\t'What is wrong now'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -l all -d 'Of all organizations, and those that are of none'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand audit; and __fish_seen_subcommand_from doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -f -a "check" -d 'Look for leaks between tenants: in records, accounts, documents, indexes, views, files and rights'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -f -a "show" -d 'Show a saved report again, or make another kind of report of it'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -f -a "baseline" -d 'Accept findings for a time, list what is accepted, and take it back'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -f -a "explain" -d 'Explain a rule: what it looks for, what it does to people, and what to do'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -f -a "probe" -d 'Try the platform\'s running backend for leaks between two tenants'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and not __fish_seen_subcommand_from check show baseline explain probe grants" -f -a "grants" -d 'Give each tenant a database user with the least rights, and prove that it reaches no other tenant'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l org -d 'Only what concerns this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l rules -d 'Only these rules: identifiers, names or faults, with commas between them' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l fail-on -d 'Exit with 6 from this severity on' -r -f -a "incomplete\t'Anything at all, and whatever was not looked at'
info\t'Anything at all'
warning\t'What will go wrong, or costs'
error\t'What is wrong now'"
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l sample -d 'Read no more documents of a collection than this; the result says what was not seen' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l baseline -d 'The file of accepted findings [default: flowbit-baseline.toml in the working directory]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l sarif -d 'Write SARIF 2.1.0, for code scanning; `-` is the standard output, in place of the result' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l junit -d 'Write JUnit XML, for build servers: a test case for each rule; `-` is the standard output' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l html -d 'Write one self-contained HTML file, for people; `-` is the standard output' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l all -d 'Every organization, which is the default'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -l fail-on -d 'Exit with 6 from this severity on' -r -f -a "incomplete\t'Anything at all, and whatever was not looked at'
info\t'Anything at all'
warning\t'What will go wrong, or costs'
error\t'What is wrong now'"
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -l sarif -d 'Write SARIF 2.1.0, for code scanning; `-` is the standard output, in place of the result' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -l junit -d 'Write JUnit XML, for build servers: a test case for each rule; `-` is the standard output' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -l html -d 'Write one self-contained HTML file, for people; `-` is the standard output' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -f -a "add" -d 'Accept findings of a saved report, with a reason and a last day'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -f -a "list" -d 'List what is accepted: in force, ending soon, over'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -f -a "ls" -d 'List what is accepted: in force, ending soon, over'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -f -a "remove" -d 'Take findings out of the baseline: they are findings again'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from baseline" -f -a "rm" -d 'Take findings out of the baseline: they are findings again'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from explain" -l from -d 'The report that the finding is in, as `flowbit isolation check -o json` prints it; `-` is the standard input' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from explain" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from explain" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from explain" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from explain" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from explain" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from explain" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from explain" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from explain" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from explain" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from explain" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from explain" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from explain" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from explain" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l api -d 'Address of the backend; one of the hosts under [api] in flowbit.toml' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l as -d 'The tenant as which it is asked, and the one whose canary is asked for' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l user -d 'E-mail of the first tenant\'s account [default: an administrator]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l only -d 'Only these probes, by identifier or name' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l confirm -d 'Confirm with the second tenant\'s name instead of being asked for it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l collection -d 'The collection that routes serve [default: the tickets\']' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l openapi -d 'Derive routes from this OpenAPI description (JSON), besides those of flowbit.toml' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l canary -d 'What a canary looks like: a document as JSON with {text} where a text belongs [default: like one of the tenant\'s]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l for -d 'How long it may take' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l max-requests -d 'Requests at most [default: `most` under [api]]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l rate -d 'Requests in a second at most [default: `rate` under [api]]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l keys -d 'Directory of the keyring [env: FLOWBIT_KEYS]; otherwise one of flowbit\'s own, for this profile and platform' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l key -d 'Use this key alone: its name in the keyring, or the variable that holds it' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l list -d 'List the probes; nothing is sent'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l dry-run -d 'Show what would be tried, and send nothing'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from probe" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l org -d 'The rights of this organization' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l passwords -d 'Write new passwords into this new file (mode 0600): JSON Lines with organization, user, authSource and password' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l pairs -d 'How many pairs of tenants to try at most [default: 500]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l seed -d 'What a sample of pairs is drawn by' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l confirm -d 'Confirm with the name of the organization, or the number of organizations' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l all -d 'Those of all organizations'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l gone -d 'Those that organizations left which are not there any more'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l print -d 'Show what would be made and what is there (the default)'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l apply -d 'Make it so'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l test -d 'Log in with these rights and try what they have to refuse'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l remove -d 'Drop users, roles and views again'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l commands -d 'Show the commands for mongosh as well'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l new-passwords -d 'Give users that are there new passwords, too'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand isolation; and __fish_seen_subcommand_from grants" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand doctor" -l fail-on -d 'Exit with 6 from this severity on' -r -f -a "info\t'Anything at all'
warning\t'What will go wrong, or costs'
error\t'What is wrong now'"
complete -c flowbit -n "__fish_flowbit_using_subcommand doctor" -l org -d 'Look at one organization only' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand doctor" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand doctor" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand doctor" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand doctor" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand doctor" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand doctor" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand doctor" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand doctor" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand doctor" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand doctor" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand doctor" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand doctor" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand doctor" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -f -a "start" -d 'Start it, as a replica set of one node on the loopback interface'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -f -a "stop" -d 'Stop it; its data stays'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -f -a "status" -d 'Say whether it runs, where, and from which program'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and not __fish_seen_subcommand_from start stop status reset" -f -a "reset" -d 'Stop it and delete all its data'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from start" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from start" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from start" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from start" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from start" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from start" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from start" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from start" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from start" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from start" -l no-install -d 'Never install a mongod'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from start" -l yes -d 'Agree to install a mongod if there is none'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from start" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from start" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from start" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from start" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from stop" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from stop" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from stop" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from stop" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from stop" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from stop" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from stop" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from stop" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from stop" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from stop" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from stop" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from stop" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from stop" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from status" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from status" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from status" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from status" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from status" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from status" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from status" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from status" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from status" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from status" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from status" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from status" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from reset" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from reset" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from reset" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from reset" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from reset" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from reset" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from reset" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from reset" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from reset" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from reset" -l yes -d 'Agree to the loss of the data'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from reset" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from reset" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from reset" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from reset" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand local; and __fish_seen_subcommand_from reset" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and not __fish_seen_subcommand_from show check" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and not __fish_seen_subcommand_from show check" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and not __fish_seen_subcommand_from show check" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and not __fish_seen_subcommand_from show check" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and not __fish_seen_subcommand_from show check" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and not __fish_seen_subcommand_from show check" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and not __fish_seen_subcommand_from show check" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and not __fish_seen_subcommand_from show check" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and not __fish_seen_subcommand_from show check" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and not __fish_seen_subcommand_from show check" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and not __fish_seen_subcommand_from show check" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and not __fish_seen_subcommand_from show check" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and not __fish_seen_subcommand_from show check" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and not __fish_seen_subcommand_from show check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and not __fish_seen_subcommand_from show check" -f -a "show" -d 'Show every setting with its value and its origin. Secrets are not shown'
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and not __fish_seen_subcommand_from show check" -f -a "check" -d 'Check a platform description: syntax, keys, types and contradictions'
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from show" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from show" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from show" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from show" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from show" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from show" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from show" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from show" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from check" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from check" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from check" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from check" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from check" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from check" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from check" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from check" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from check" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand init" -l out -d 'Where to write; standard output without it' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand init" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand init" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand init" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand init" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand init" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand init" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand init" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand init" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand init" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand init" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand init" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand init" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand init" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand schema" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand schema" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand schema" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand schema" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand schema" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand schema" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand schema" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand schema" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand schema" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand schema" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand schema" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand schema" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand schema" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand quickstart" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand quickstart" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand quickstart" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand quickstart" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand quickstart" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand quickstart" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand quickstart" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand quickstart" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand quickstart" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand quickstart" -l no-install -d 'Never install a mongod'
complete -c flowbit -n "__fish_flowbit_using_subcommand quickstart" -l yes -d 'Agree to install a mongod if there is none'
complete -c flowbit -n "__fish_flowbit_using_subcommand quickstart" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand quickstart" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand quickstart" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand quickstart" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand quickstart" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand explain" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand explain" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand explain" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand explain" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand explain" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand explain" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand explain" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand explain" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand explain" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand explain" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand explain" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand explain" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand explain" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c flowbit -n "__fish_flowbit_using_subcommand completions" -l uri -d 'Connection string without a password; better FLOWBIT_URI, FLOWBIT_URI_FILE or a profile' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand completions" -l profile -d 'Use this connection of the user\'s configuration file [env: FLOWBIT_PROFILE]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand completions" -l config -d 'Read the platform description from this file [env: FLOWBIT_CONFIG]' -r -F
complete -c flowbit -n "__fish_flowbit_using_subcommand completions" -l preset -d 'Use a platform description that ships with flowbit [env: FLOWBIT_PRESET]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand completions" -l master-db -d 'Name of the master database [env: FLOWBIT_MASTER_DB]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand completions" -s o -l output -d 'Format of the result [env: FLOWBIT_OUTPUT]' -r -f -a "table\t'For people'
json\t'One envelope'
jsonl\t'One line for each thing'
csv\t'The table, comma-separated'
name\t'Names, a line each'"
complete -c flowbit -n "__fish_flowbit_using_subcommand completions" -l reason -d 'Why this is done; recorded in the audit trail [env: FLOWBIT_REASON]' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand completions" -l timeout -d 'Seconds to look for a server' -r
complete -c flowbit -n "__fish_flowbit_using_subcommand completions" -l color -d 'Use colour' -r -f -a "auto\t'On terminals that can'
always\t'Always'
never\t'Never'"
complete -c flowbit -n "__fish_flowbit_using_subcommand completions" -l json -d 'The same as --output json'
complete -c flowbit -n "__fish_flowbit_using_subcommand completions" -l no-input -d 'Ask nothing: what is missing is an error [env: FLOWBIT_NO_INPUT]'
complete -c flowbit -n "__fish_flowbit_using_subcommand completions" -s v -l verbose -d 'Say more: -v the settings, -vv every command that is sent to the server (never what is in it)'
complete -c flowbit -n "__fish_flowbit_using_subcommand completions" -s q -l quiet -d 'Print no notes and no progress'
complete -c flowbit -n "__fish_flowbit_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
