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
complete -c dhow -n "__fish_dhow_needs_command" -f -a "image" -d 'Manage images'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "history" -d 'Show how an image came to be'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "images" -d 'List images'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "import" -d 'Make an image of a root file system in a tar archive'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "load" -d 'Load images from an archive or an OCI directory'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "login" -d 'Log in to a registry'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "logout" -d 'Log out from a registry'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "pull" -d 'Pull an image from a registry'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "rmi" -d 'Remove images'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "save" -d 'Save images to an archive or an OCI directory'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "tag" -d 'Give an image another name'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "untag" -d 'Take names from an image; the image stays'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "version" -d 'Print the version'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "completion" -d 'Print the completion script of a shell'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "hello" -d 'Tell what isolates this process'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -f -a "exists" -d 'Tell by the exit code whether an image is in the store: 0 or 1'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -f -a "history" -d 'Show how an image came to be'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -f -a "import" -d 'Make an image of a root file system in a tar archive'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -f -a "inspect" -d 'Show all that is known of images, as JSON'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -f -a "load" -d 'Load images from an archive or an OCI directory'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -f -a "ls" -d 'List images'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -f -a "list" -d 'List images'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -f -a "prune" -d 'Remove images that nobody uses'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -f -a "pull" -d 'Pull an image from a registry'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -f -a "rm" -d 'Remove images'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -f -a "remove" -d 'Remove images'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -f -a "save" -d 'Save images to an archive or an OCI directory'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -f -a "tag" -d 'Give an image another name'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from exists history import inspect load ls list prune pull rm remove save tag untag" -f -a "untag" -d 'Take names from an image; the image stays'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from exists" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from exists" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from exists" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from exists" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -s H -l human -d 'Print sizes and times for people' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -l no-trunc -d 'Print everything whole'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -s q -l quiet -d 'Print IDs only'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from import" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from import" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from import" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from import" -s c -l change -d 'Apply a Dockerfile instruction: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from import" -s m -l message -d 'Comment in the image\'s history' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from import" -l platform -d 'Platform of the image' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from inspect" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from inspect" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from inspect" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from load" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from load" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from load" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from load" -s i -l input -d 'Read from this archive or directory instead of standard input' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from load" -l platform -d 'Of an archive for several platforms, load this one' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from load" -s q -l quiet -d 'Say nothing while loading'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from load" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -s f -l filter -d 'Conditions: dangling=BOOL, label=KEY[=VALUE], before=IMAGE, since=IMAGE, reference=PATTERN' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -s a -l all -d 'Also intermediate images (there are none)'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -l digests -d 'Show digests'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -l no-trunc -d 'Print whole IDs'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print IDs only'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -s f -l filter -d 'Conditions: dangling=BOOL, label=KEY[=VALUE], before=IMAGE, since=IMAGE, reference=PATTERN' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -s a -l all -d 'Also intermediate images (there are none)'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -l digests -d 'Show digests'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -l no-trunc -d 'Print whole IDs'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print IDs only'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from prune" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from prune" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from prune" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from prune" -l filter -d 'Conditions: until=TIME, label=KEY[=VALUE], label!=KEY[=VALUE]' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from prune" -s a -l all -d 'Also images that have a name, if no container uses them'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from prune" -s f -l force -d 'Don\'t ask'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from pull" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from pull" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from pull" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from pull" -l platform -d 'Of an image for several platforms, pull this one' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from pull" -s a -l all-tags -d 'Pull every tag of the repository'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from pull" -s q -l quiet -d 'Print the image\'s name only'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from pull" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from rm" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from rm" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from rm" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from rm" -s f -l force -d 'Remove an image with several names, or one that stopped containers use'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from rm" -l no-prune -d 'Keep layers that nothing needs any more'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from remove" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from remove" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from remove" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from remove" -s f -l force -d 'Remove an image with several names, or one that stopped containers use'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from remove" -l no-prune -d 'Keep layers that nothing needs any more'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from save" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from save" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from save" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from save" -s o -l output -d 'Write to this file or directory instead of standard output' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from save" -l format -d 'What to write' -r -f -a "docker-archive\t'A tar archive for `docker load` and everything else'
oci-archive\t'A tar archive with an OCI image layout'
oci-dir\t'A directory with an OCI image layout'"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from save" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from tag" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from tag" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from tag" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from tag" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from untag" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from untag" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from untag" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from untag" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand history" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand history" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand history" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand history" -s H -l human -d 'Print sizes and times for people' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand history" -l no-trunc -d 'Print everything whole'
complete -c dhow -n "__fish_dhow_using_subcommand history" -s q -l quiet -d 'Print IDs only'
complete -c dhow -n "__fish_dhow_using_subcommand history" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand images" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand images" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand images" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand images" -s f -l filter -d 'Conditions: dangling=BOOL, label=KEY[=VALUE], before=IMAGE, since=IMAGE, reference=PATTERN' -r
complete -c dhow -n "__fish_dhow_using_subcommand images" -s a -l all -d 'Also intermediate images (there are none)'
complete -c dhow -n "__fish_dhow_using_subcommand images" -l digests -d 'Show digests'
complete -c dhow -n "__fish_dhow_using_subcommand images" -l no-trunc -d 'Print whole IDs'
complete -c dhow -n "__fish_dhow_using_subcommand images" -s q -l quiet -d 'Print IDs only'
complete -c dhow -n "__fish_dhow_using_subcommand images" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand import" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand import" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand import" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand import" -s c -l change -d 'Apply a Dockerfile instruction: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR' -r
complete -c dhow -n "__fish_dhow_using_subcommand import" -s m -l message -d 'Comment in the image\'s history' -r
complete -c dhow -n "__fish_dhow_using_subcommand import" -l platform -d 'Platform of the image' -r
complete -c dhow -n "__fish_dhow_using_subcommand import" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand load" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand load" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand load" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand load" -s i -l input -d 'Read from this archive or directory instead of standard input' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand load" -l platform -d 'Of an archive for several platforms, load this one' -r
complete -c dhow -n "__fish_dhow_using_subcommand load" -s q -l quiet -d 'Say nothing while loading'
complete -c dhow -n "__fish_dhow_using_subcommand load" -s h -l help -d 'Print help'
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
complete -c dhow -n "__fish_dhow_using_subcommand pull" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand pull" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand pull" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand pull" -l platform -d 'Of an image for several platforms, pull this one' -r
complete -c dhow -n "__fish_dhow_using_subcommand pull" -s a -l all-tags -d 'Pull every tag of the repository'
complete -c dhow -n "__fish_dhow_using_subcommand pull" -s q -l quiet -d 'Print the image\'s name only'
complete -c dhow -n "__fish_dhow_using_subcommand pull" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand rmi" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand rmi" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand rmi" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand rmi" -s f -l force -d 'Remove an image with several names, or one that stopped containers use'
complete -c dhow -n "__fish_dhow_using_subcommand rmi" -l no-prune -d 'Keep layers that nothing needs any more'
complete -c dhow -n "__fish_dhow_using_subcommand rmi" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand save" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand save" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand save" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand save" -s o -l output -d 'Write to this file or directory instead of standard output' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand save" -l format -d 'What to write' -r -f -a "docker-archive\t'A tar archive for `docker load` and everything else'
oci-archive\t'A tar archive with an OCI image layout'
oci-dir\t'A directory with an OCI image layout'"
complete -c dhow -n "__fish_dhow_using_subcommand save" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhow -n "__fish_dhow_using_subcommand tag" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand tag" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand tag" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand tag" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand untag" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand untag" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand untag" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand untag" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand version" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand version" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand version" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand version" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand completion" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand completion" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand completion" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand completion" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand hello" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand hello" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand hello" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand hello" -s h -l help -d 'Print help'
