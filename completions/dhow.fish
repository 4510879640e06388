# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_dhow_global_optspecs
    string join \n v/version root= runroot= log-level= h/help
end

function __fish_dhow_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_dhow_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_dhow_using_subcommand
    set -l cmd (__fish_dhow_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c dhow -n "__fish_dhow_needs_command" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_needs_command" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_needs_command" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_needs_command" -s v -l version -d 'Print the version'
complete -c dhow -n "__fish_dhow_needs_command" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "login" -d 'Log in to a registry'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "logout" -d 'Log out from a registry'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "version" -d 'Print the version'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "completion" -d 'Print the completion script of a shell'
complete -c dhow -n "__fish_dhow_using_subcommand login" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand login" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand login" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand login" -s u -l username -d 'User name' -r
complete -c dhow -n "__fish_dhow_using_subcommand login" -s p -l password -d 'Password; other users of this machine can see it on the command line' -r
complete -c dhow -n "__fish_dhow_using_subcommand login" -l authfile -d 'Keep the credentials in this file' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand login" -l password-stdin -d 'Take the password from standard input'
complete -c dhow -n "__fish_dhow_using_subcommand login" -l get-login -d 'Print the user name that is logged in, and do nothing else'
complete -c dhow -n "__fish_dhow_using_subcommand login" -s v -l verbose -d 'Say where the credentials are stored'
complete -c dhow -n "__fish_dhow_using_subcommand login" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand logout" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand logout" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand logout" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand logout" -l authfile -d 'The file that holds the credentials' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand logout" -s a -l all -d 'Forget the credentials of all registries'
complete -c dhow -n "__fish_dhow_using_subcommand logout" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand version" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand version" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand version" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand version" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand completion" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand completion" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand completion" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand completion" -s h -l help -d 'Print help'
