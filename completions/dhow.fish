# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_dhow_global_optspecs
    string join \n v/version root= runroot= config-file= cgroup-manager= log-level= h/help
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
complete -c dhow -n "__fish_dhow_needs_command" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_needs_command" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_needs_command" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_needs_command" -s v -l version -d 'Print the version'
complete -c dhow -n "__fish_dhow_needs_command" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "builder" -d 'Manage the build cache'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "container" -d 'Manage containers'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "attach" -d 'Connect to a running container\'s standard streams'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "boot" -d 'Start the containers whose restart policy wants them to run, after the machine was started'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "commit" -d 'Make an image of a container and what it has changed'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "cp" -d 'Copy files and directories between a container and the host'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "create" -d 'Create a container without starting it'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "diff" -d 'Show what a container has changed in its image'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "events" -d 'Show what happens to containers and images, as it happens'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "exec" -d 'Run a command in a running container'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "export" -d 'Write a container\'s root file system as a tar archive'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "inspect" -d 'Show all that is known of containers or images, as JSON'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "kill" -d 'Send a signal to running containers'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "logs" -d 'Print what a container has written'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "mount" -d 'Mount the root file systems of containers and print where, or list those that are mounted'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "pause" -d 'Freeze all processes of containers'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "port" -d 'List published ports'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "ps" -d 'List containers'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "rename" -d 'Give a container another name'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "restart" -d 'Stop containers and start them again'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "rm" -d 'Remove containers'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "run" -d 'Create a container and start it'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "start" -d 'Start containers that were created or have ended'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "stats" -d 'Show what containers use'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "stop" -d 'Stop running containers'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "top" -d 'Show the processes of a container'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "unmount" -d 'Unmount the root file systems of containers'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "umount" -d 'Unmount the root file systems of containers'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "unpause" -d 'Let the processes of paused containers go on'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "unshare" -d 'Run a command in a user namespace with this user\'s mapped ids, where it is root'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "update" -d 'Change the limits and the restart policy of containers'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "wait" -d 'Wait until containers end, and print their exit codes'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "healthcheck" -d 'Check the health of containers'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "image" -d 'Manage images'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "history" -d 'Show how an image came to be'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "images" -d 'List images'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "import" -d 'Make an image of a root file system in a tar archive'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "load" -d 'Load images from an archive or an OCI directory'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "network" -d 'Manage networks'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "login" -d 'Log in to a registry'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "logout" -d 'Log out from a registry'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "pull" -d 'Pull an image from a registry'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "push" -d 'Push an image to a registry'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "rmi" -d 'Remove images'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "save" -d 'Save images to an archive or an OCI directory'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "search" -d 'Search a registry for images'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "serve" -d 'Offer the Docker Engine API'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "system" -d 'Manage all of dhow\'s storage'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "tag" -d 'Give an image another name'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "untag" -d 'Take names from an image; the image stays'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "info" -d 'Show what is there and what it runs on'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "doctor" -d 'Say what this host lacks for containers, and how to fix it'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "version" -d 'Print the version'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "volume" -d 'Manage volumes'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "completion" -d 'Print the completion script of a shell'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "hello" -d 'Tell what isolates this process'
complete -c dhow -n "__fish_dhow_needs_command" -f -a "oci" -d 'Run containers from OCI bundles, as runc does'
complete -c dhow -n "__fish_dhow_using_subcommand builder; and not __fish_seen_subcommand_from prune" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand builder; and not __fish_seen_subcommand_from prune" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand builder; and not __fish_seen_subcommand_from prune" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand builder; and not __fish_seen_subcommand_from prune" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand builder; and not __fish_seen_subcommand_from prune" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand builder; and not __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand builder; and not __fish_seen_subcommand_from prune" -f -a "prune" -d 'Remove the build cache (there is none: images aren\'t built by this version)'
complete -c dhow -n "__fish_dhow_using_subcommand builder; and __fish_seen_subcommand_from prune" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand builder; and __fish_seen_subcommand_from prune" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand builder; and __fish_seen_subcommand_from prune" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand builder; and __fish_seen_subcommand_from prune" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand builder; and __fish_seen_subcommand_from prune" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand builder; and __fish_seen_subcommand_from prune" -s a -l all -d 'Also what is in use'
complete -c dhow -n "__fish_dhow_using_subcommand builder; and __fish_seen_subcommand_from prune" -s f -l force -d 'Don\'t ask'
complete -c dhow -n "__fish_dhow_using_subcommand builder; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "attach" -d 'Connect to a running container\'s standard streams'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "commit" -d 'Make an image of a container and what it has changed'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "cp" -d 'Copy files and directories between a container and the host'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "create" -d 'Create a container without starting it'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "diff" -d 'Show what a container has changed in its image'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "exec" -d 'Run a command in a running container'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "export" -d 'Write a container\'s root file system as a tar archive'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "inspect" -d 'Show all that is known of containers, as JSON'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "kill" -d 'Send a signal to running containers'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "logs" -d 'Print what a container has written'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "mount" -d 'Mount the root file systems of containers and print where, or list those that are mounted'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "ls" -d 'List containers'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "list" -d 'List containers'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "ps" -d 'List containers'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "pause" -d 'Freeze all processes of containers'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "port" -d 'List published ports'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "prune" -d 'Remove all containers that aren\'t running'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "rename" -d 'Give a container another name'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "restart" -d 'Stop containers and start them again'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "rm" -d 'Remove containers'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "remove" -d 'Remove containers'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "run" -d 'Create a container and start it'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "start" -d 'Start containers that were created or have ended'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "stats" -d 'Show what containers use'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "stop" -d 'Stop running containers'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "top" -d 'Show the processes of a container'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "unmount" -d 'Unmount the root file systems of containers'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "umount" -d 'Unmount the root file systems of containers'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "unpause" -d 'Let the processes of paused containers go on'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "update" -d 'Change the limits and the restart policy of containers'
complete -c dhow -n "__fish_dhow_using_subcommand container; and not __fish_seen_subcommand_from attach commit cp create diff exec export inspect kill logs mount ls list ps pause port prune rename restart rm remove run start stats stop top unmount umount unpause update wait" -f -a "wait" -d 'Wait until containers end, and print their exit codes'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from attach" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from attach" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from attach" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from attach" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from attach" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from attach" -l sig-proxy -d 'Pass signals on to the container' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from attach" -l detach-keys -d 'Keys that detach from the container [default: ctrl-p,ctrl-q]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from attach" -l no-stdin -d 'Do not attach standard input'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from attach" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from commit" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from commit" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from commit" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from commit" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from commit" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from commit" -s a -l author -d 'Who made it, as "Jane Doe <jane@example.org>"' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from commit" -s c -l change -d 'Apply a Dockerfile instruction: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from commit" -s f -l format -d 'What kind of image to make' -r -f -a "oci\t'Manifest and configuration of the OCI'
docker\t'Docker\'s manifest, schema 2'"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from commit" -l iidfile -d 'Write the image\'s ID to this file' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from commit" -s m -l message -d 'Comment in the image\'s history' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from commit" -s p -l pause -d 'Freeze the container meanwhile (done if it can be, unless this says false)' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from commit" -l timestamp -d 'Give the image, and new files at most, this time, in seconds since the epoch' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from commit" -s q -l quiet -d 'Print nothing but the ID (which is all that is printed anyway)'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from commit" -s s -l squash -d 'Make one layer of all'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from commit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from cp" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from cp" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from cp" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from cp" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from cp" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from cp" -s a -l archive -d 'Into a container: everything belongs to the user it runs as. Out of it: owners stay what they are, if root copies'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from cp" -s L -l follow-link -d 'Follow a symbolic link that the source is'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from cp" -s q -l quiet -d 'Don\'t say on the terminal how much was copied'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from cp" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -s a -l attach -d 'Attach to stdin, stdout or stderr' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l name -d 'Name of the container' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -s e -l env -d 'Set an environment variable (NAME=VALUE, or NAME to take it from this environment)' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l env-file -d 'Read environment variables from a file' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -s w -l workdir -d 'Working directory in the container' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -s u -l user -d 'User (and group) to run as, by name or number' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l group-add -d 'Further groups of the process' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l entrypoint -d 'Replace the image\'s entry point' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -s h -l hostname -d 'Host name of the container' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -s v -l volume -d 'Mount a volume, or a directory or file of the host: ro, rw, z, Z, U, O, nocopy, exec, noexec, dev, nodev, suid, nosuid, bind, rbind, idmap, shared, slave, private, rshared, rslave, rprivate' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l volume-driver -d 'Who makes the volumes that are not there yet: local is the only one' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l mount -d 'Mount a bind, volume, tmpfs, image, ramfs or devpts (type=TYPE,source=SOURCE,target=DEST,…)' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l volumes-from -d 'Mount what another container has mounted' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l tmpfs -d 'Mount an empty file system in memory' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l image-volume -d 'What the places become that the image has for volumes: anonymous (volumes without a name), tmpfs or ignore' -r -f -a "anonymous\t'Volumes without a name'
tmpfs\t'File systems in memory'
ignore\t'Nothing'"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l read-only-tmpfs -d 'With --read-only: file systems in memory on /run, /tmp and /var/tmp' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l storage-opt -d 'size=SIZE: how much the container may write' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -s l -l label -d 'Set a label' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l label-file -d 'Read labels from a file' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l cidfile -d 'Write the container\'s id to a file' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l pull -d 'When to pull the image [default: missing]' -r -f -a "always\t'Always; fail if the registry can\'t be asked'
missing\t'If the image isn\'t there'
never\t'Never; fail if the image isn\'t there'
newer\t'If the registry has another one than the store'"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l platform -d 'Platform of the image' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l network -d 'Network: NAME[:ip=ADDRESS,mac=ADDRESS,alias=NAME,interface_name=NAME,link-local-ip=ADDRESS,driver-opt=KEY=VALUE,host_loopback], none, host, container:NAME, ns:PATH, pasta[:OPTION,...] or slirp4netns[:OPTION,...]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l ip -d 'IPv4 address on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l ip6 -d 'IPv6 address on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l mac-address -d 'Hardware address on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l link-local-ip -d 'A further address that is good on the network\'s link alone' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l network-alias -d 'A further name of the container on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l link -d 'Another container\'s name for this one alone' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -s p -l publish -d 'Publish a port of the container on the host' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l publish-mode -d 'How published ports reach the container: dnat, or proxy, through a listener that firewalls filter as any local service [default: dnat]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l expose -d 'Expose a port or a range of them' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l add-host -d 'Add a line to /etc/hosts; the address host-gateway is the host\'s on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l dns -d 'Name server' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l dns-search -d 'Domain in which names are searched, . for none' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l dns-option -d 'Option of the resolver' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l cap-add -d 'Add a capability' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l cap-drop -d 'Drop a capability' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l security-opt -d 'no-new-privileges, seccomp=FILE|unconfined, apparmor=PROFILE|unconfined, label=LABEL|disable, mask=PATH[:PATH], unmask=ALL|PATH[:PATH], systempaths=unconfined' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l stop-signal -d 'Signal that asks the container to stop' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l stop-timeout -d 'Seconds to wait for the container to stop before it is killed, -1 to wait for ever [default: 10]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l restart -d 'When to start it again after it has ended: no, on-failure[:N], always or unless-stopped' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l requires -d 'Containers that are started before this one' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l health-cmd -d 'Command that checks the container\'s health: a line for the shell, or a JSON list' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l health-interval -d 'Time between two checks' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l health-timeout -d 'Time that a check may take' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l health-retries -d 'Failures in a row that make the container unhealthy' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l health-start-period -d 'Time after the start in which failures do not count' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l health-start-interval -d 'Time between two checks in the start period' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l health-on-failure -d 'What to do when the container becomes unhealthy' -r -f -a "none\t''
kill\t''
restart\t''
stop\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l oom-score-adj -d 'How readily the kernel kills it for want of memory, -1000 to 1000' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l domainname -d 'NIS domain name' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l umask -d 'File mode creation mask' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l annotation -d 'Add an annotation, for the runtime' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l timeout -d 'Seconds after which the container is killed' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l tz -d 'Time zone, as Europe/Berlin, or local for the host\'s' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l passwd-entry -d 'Add a line to the container\'s /etc/passwd' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l hostuser -d 'Add a user of this host to the container\'s /etc/passwd' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l init -d 'Run an init as process 1, which passes signals on and reaps processes' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l runtime -d 'OCI runtime that runs the container instead of the built-in, by its name in config.toml, its program\'s name or its path' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l pid -d 'PID namespace: private, host or container:NAME' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l ipc -d 'IPC namespace and /dev/shm: private, shareable (others may join), none (no /dev/shm), host or container:NAME [default: private]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l uts -d 'UTS namespace: private or host' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l userns -d 'User namespace: host, private, auto[:size=N,uidmapping=C:H:N,gidmapping=C:H:N]; for an ordinary user keep-id[:uid=N,gid=N] (its ids are the same inside) or nomap (they don\'t occur)' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l uidmap -d 'Map a user id of the container to one of the host (an ordinary user\'s: 0 is its own, its subordinate ids follow)' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l gidmap -d 'Map a group id of the container to one of the host, as --uidmap' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l cgroupns -d 'Cgroup namespace: private or host [default: private]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -s m -l memory -d 'Limit of memory' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l memory-reservation -d 'Memory to be left to the container when the host is short of it' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l memory-swap -d 'Limit of memory and swap together, -1 for any amount of swap' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l kernel-memory -d 'Not supported: the kernel has no such limit any more' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l cpus -d 'How many CPUs\' time it may use, as 1.5' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -s c -l cpu-shares -d 'Share of the CPUs when they are contended, relative to other containers\' (1024 is usual)' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l cpu-period -d 'Period of the CPU quota in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l cpu-quota -d 'CPU time in each period in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l cpu-rt-period -d 'Period of the real-time quota in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l cpu-rt-runtime -d 'Real-time CPU time in each period in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l cpuset-cpus -d 'CPUs to run on, as 0-3,8' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l cpuset-mems -d 'Memory nodes to take memory from, as 0-1' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l pids-limit -d 'How many processes and threads there may be, -1 for any number' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l blkio-weight -d 'Share of the disks when they are contended, 10 to 1000' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l memory-swappiness -d 'Readiness to swap, 0 to 100' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l blkio-weight-device -d 'Share of one disk' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l device-read-bps -d 'Limit of bytes read from a device in a second' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l device-write-bps -d 'Limit of bytes written to a device in a second' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l device-read-iops -d 'Limit of reads from a device in a second' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l device-write-iops -d 'Limit of writes to a device in a second' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l cgroup-conf -d 'Write a value to a file of the container\'s cgroup (version 2), as memory.high=1073741824' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l cgroup-parent -d 'Cgroup to make the container\'s own in' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l device -d 'Add a device of the host, all in a directory, or one that a CDI file describes (VENDOR/CLASS=NAME)' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l gpus -d 'Add graphics processors: all, how many, or device=ID[,ID...] (through CDI)' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l cdi-spec-dir -d 'Directory of CDI files, instead of /etc/cdi and /var/run/cdi; a later one counts more' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l device-cgroup-rule -d 'Allow more devices, as "c 10:* rw"' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l shm-size -d 'Size of /dev/shm [default: 64m]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l ulimit -d 'Set a resource limit' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l sysctl -d 'Set a kernel parameter of the container\'s namespaces' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l detach-keys -d 'Keys that detach from the container [default: ctrl-p,ctrl-q]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l log-driver -d 'Where output is logged: json-file, local, journald, passthrough or none [default: json-file]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l log-opt -d 'Option of the log driver: max-size, max-file, compress, labels, env, tag, mode, max-buffer-size' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l rootfs -d 'Run from a directory of the host instead of an image, with O leaving it as it is; what follows is the command' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -s i -l interactive -d 'Keep standard input open even if not attached'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -s t -l tty -d 'Give the container a terminal'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l rm -d 'Remove the container when it ends'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l read-only -d 'Make the root file system read-only'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l ephemeral -d 'With --rm: keep what the container changes in memory'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Print nothing while pulling'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -s P -l publish-all -d 'Publish all exposed ports on ports of the host that are free'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l no-hosts -d 'Leave the image\'s /etc/hosts as it is'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l no-hostname -d 'Leave the image\'s /etc/hostname as it is'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l privileged -d 'Give the container all capabilities and devices'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l no-healthcheck -d 'Do not check the health, even if the image says how'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l env-host -d 'Give the container this environment\'s variables'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from create" -l oom-kill-disable -d 'Let processes wait instead of killing one when the limit of memory is reached'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from diff" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from diff" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from diff" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from diff" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from diff" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from diff" -l format -d 'How to print it: json; a line for each path if not given' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from exec" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from exec" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from exec" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from exec" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from exec" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from exec" -l detach-keys -d 'Keys that detach from the command [default: ctrl-p,ctrl-q]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from exec" -s e -l env -d 'Set an environment variable' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from exec" -l env-file -d 'Read environment variables from a file' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from exec" -l preserve-fds -d 'Let the command have so many descriptors, from 3 on, that are open here' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from exec" -s u -l user -d 'User (and group) to run as' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from exec" -s w -l workdir -d 'Working directory' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from exec" -s d -l detach -d 'Run in the background'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from exec" -s i -l interactive -d 'Pass standard input on'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from exec" -l privileged -d 'Give the command all capabilities'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from exec" -s t -l tty -d 'Give the command a terminal'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from exec" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from export" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from export" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from export" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from export" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from export" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from export" -s o -l output -d 'Write to this file instead of standard output' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from inspect" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from inspect" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from inspect" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from inspect" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from inspect" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from inspect" -s f -l format -d 'json, or a Go template' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from inspect" -s s -l size -d 'Also the size of what the container has written'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from kill" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from kill" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from kill" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from kill" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from kill" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from kill" -s s -l signal -d 'Signal to send' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from kill" -s a -l all -d 'All running containers'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from kill" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from logs" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from logs" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from logs" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from logs" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from logs" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from logs" -s n -l tail -d 'Only the last lines' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from logs" -l since -d 'Only what was written since (a time, or a duration such as 10m)' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from logs" -l until -d 'Only what was written before' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from logs" -s f -l follow -d 'Go on as it writes more'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from logs" -s t -l timestamps -d 'Print the time of each line'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from logs" -l details -d 'Print the labels, variables and the tag that go with each line (--log-opt labels, env, tag)'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from logs" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from mount" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from mount" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from mount" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from mount" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from mount" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from mount" -l format -d 'How to list those that are mounted: json; a line for each if not given' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from mount" -s a -l all -d 'All there are'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from mount" -l no-trunc -d 'Print whole IDs'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from mount" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ls" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ls" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ls" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ls" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ls" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ls" -s f -l filter -d 'Only those that fit: id, name, label, status, exited, ancestor, before, since, network, volume, expose, publish, health' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ls" -l format -d 'table, json, or a Go template' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ls" -s n -l last -d 'The last so many that were created, in whatever state' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ls" -s a -l all -d 'Also those that aren\'t running'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ls" -s l -l latest -d 'The one that was created last, in whatever state'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ls" -l no-trunc -d 'Do not shorten'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Only ids'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ls" -s s -l size -d 'Also the size of what the container has written'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from list" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from list" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from list" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from list" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from list" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from list" -s f -l filter -d 'Only those that fit: id, name, label, status, exited, ancestor, before, since, network, volume, expose, publish, health' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from list" -l format -d 'table, json, or a Go template' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from list" -s n -l last -d 'The last so many that were created, in whatever state' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from list" -s a -l all -d 'Also those that aren\'t running'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from list" -s l -l latest -d 'The one that was created last, in whatever state'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from list" -l no-trunc -d 'Do not shorten'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Only ids'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from list" -s s -l size -d 'Also the size of what the container has written'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ps" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ps" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ps" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ps" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ps" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ps" -s f -l filter -d 'Only those that fit: id, name, label, status, exited, ancestor, before, since, network, volume, expose, publish, health' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ps" -l format -d 'table, json, or a Go template' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ps" -s n -l last -d 'The last so many that were created, in whatever state' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ps" -s a -l all -d 'Also those that aren\'t running'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ps" -s l -l latest -d 'The one that was created last, in whatever state'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ps" -l no-trunc -d 'Do not shorten'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ps" -s q -l quiet -d 'Only ids'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ps" -s s -l size -d 'Also the size of what the container has written'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from ps" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from pause" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from pause" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from pause" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from pause" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from pause" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from pause" -s a -l all -d 'All running containers'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from port" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from port" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from port" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from port" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from port" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from port" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from prune" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from prune" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from prune" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from prune" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from prune" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from prune" -l filter -d 'Only those that fit: until=TIME, label=KEY[=VALUE], label!=KEY[=VALUE]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from prune" -s f -l force -d 'Do not ask'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from rename" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from rename" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from rename" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from rename" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from rename" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from rename" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from restart" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from restart" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from restart" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from restart" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from restart" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from restart" -s s -l signal -d 'Signal to send first' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from restart" -s t -l timeout -d 'Seconds to wait before killing the container, -1 to wait for ever' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from restart" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from rm" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from rm" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from rm" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from rm" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from rm" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from rm" -s a -l all -d 'All containers'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from rm" -s f -l force -d 'Kill running containers first; a missing one is no error'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from rm" -l depend -d 'Remove those that require it (--requires), too'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from rm" -s v -l volumes -d 'Remove the volumes without a name with the container'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from remove" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from remove" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from remove" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from remove" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from remove" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from remove" -s a -l all -d 'All containers'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from remove" -s f -l force -d 'Kill running containers first; a missing one is no error'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from remove" -l depend -d 'Remove those that require it (--requires), too'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from remove" -s v -l volumes -d 'Remove the volumes without a name with the container'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l sig-proxy -d 'Pass signals on to the container' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l preserve-fds -d 'Let the program have so many descriptors, from 3 on, that are open here' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -s a -l attach -d 'Attach to stdin, stdout or stderr' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l name -d 'Name of the container' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -s e -l env -d 'Set an environment variable (NAME=VALUE, or NAME to take it from this environment)' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l env-file -d 'Read environment variables from a file' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -s w -l workdir -d 'Working directory in the container' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -s u -l user -d 'User (and group) to run as, by name or number' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l group-add -d 'Further groups of the process' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l entrypoint -d 'Replace the image\'s entry point' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -s h -l hostname -d 'Host name of the container' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -s v -l volume -d 'Mount a volume, or a directory or file of the host: ro, rw, z, Z, U, O, nocopy, exec, noexec, dev, nodev, suid, nosuid, bind, rbind, idmap, shared, slave, private, rshared, rslave, rprivate' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l volume-driver -d 'Who makes the volumes that are not there yet: local is the only one' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l mount -d 'Mount a bind, volume, tmpfs, image, ramfs or devpts (type=TYPE,source=SOURCE,target=DEST,…)' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l volumes-from -d 'Mount what another container has mounted' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l tmpfs -d 'Mount an empty file system in memory' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l image-volume -d 'What the places become that the image has for volumes: anonymous (volumes without a name), tmpfs or ignore' -r -f -a "anonymous\t'Volumes without a name'
tmpfs\t'File systems in memory'
ignore\t'Nothing'"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l read-only-tmpfs -d 'With --read-only: file systems in memory on /run, /tmp and /var/tmp' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l storage-opt -d 'size=SIZE: how much the container may write' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -s l -l label -d 'Set a label' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l label-file -d 'Read labels from a file' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l cidfile -d 'Write the container\'s id to a file' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l pull -d 'When to pull the image [default: missing]' -r -f -a "always\t'Always; fail if the registry can\'t be asked'
missing\t'If the image isn\'t there'
never\t'Never; fail if the image isn\'t there'
newer\t'If the registry has another one than the store'"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l platform -d 'Platform of the image' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l network -d 'Network: NAME[:ip=ADDRESS,mac=ADDRESS,alias=NAME,interface_name=NAME,link-local-ip=ADDRESS,driver-opt=KEY=VALUE,host_loopback], none, host, container:NAME, ns:PATH, pasta[:OPTION,...] or slirp4netns[:OPTION,...]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l ip -d 'IPv4 address on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l ip6 -d 'IPv6 address on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l mac-address -d 'Hardware address on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l link-local-ip -d 'A further address that is good on the network\'s link alone' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l network-alias -d 'A further name of the container on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l link -d 'Another container\'s name for this one alone' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -s p -l publish -d 'Publish a port of the container on the host' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l publish-mode -d 'How published ports reach the container: dnat, or proxy, through a listener that firewalls filter as any local service [default: dnat]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l expose -d 'Expose a port or a range of them' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l add-host -d 'Add a line to /etc/hosts; the address host-gateway is the host\'s on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l dns -d 'Name server' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l dns-search -d 'Domain in which names are searched, . for none' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l dns-option -d 'Option of the resolver' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l cap-add -d 'Add a capability' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l cap-drop -d 'Drop a capability' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l security-opt -d 'no-new-privileges, seccomp=FILE|unconfined, apparmor=PROFILE|unconfined, label=LABEL|disable, mask=PATH[:PATH], unmask=ALL|PATH[:PATH], systempaths=unconfined' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l stop-signal -d 'Signal that asks the container to stop' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l stop-timeout -d 'Seconds to wait for the container to stop before it is killed, -1 to wait for ever [default: 10]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l restart -d 'When to start it again after it has ended: no, on-failure[:N], always or unless-stopped' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l requires -d 'Containers that are started before this one' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l health-cmd -d 'Command that checks the container\'s health: a line for the shell, or a JSON list' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l health-interval -d 'Time between two checks' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l health-timeout -d 'Time that a check may take' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l health-retries -d 'Failures in a row that make the container unhealthy' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l health-start-period -d 'Time after the start in which failures do not count' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l health-start-interval -d 'Time between two checks in the start period' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l health-on-failure -d 'What to do when the container becomes unhealthy' -r -f -a "none\t''
kill\t''
restart\t''
stop\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l oom-score-adj -d 'How readily the kernel kills it for want of memory, -1000 to 1000' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l domainname -d 'NIS domain name' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l umask -d 'File mode creation mask' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l annotation -d 'Add an annotation, for the runtime' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l timeout -d 'Seconds after which the container is killed' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l tz -d 'Time zone, as Europe/Berlin, or local for the host\'s' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l passwd-entry -d 'Add a line to the container\'s /etc/passwd' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l hostuser -d 'Add a user of this host to the container\'s /etc/passwd' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l init -d 'Run an init as process 1, which passes signals on and reaps processes' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l runtime -d 'OCI runtime that runs the container instead of the built-in, by its name in config.toml, its program\'s name or its path' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l pid -d 'PID namespace: private, host or container:NAME' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l ipc -d 'IPC namespace and /dev/shm: private, shareable (others may join), none (no /dev/shm), host or container:NAME [default: private]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l uts -d 'UTS namespace: private or host' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l userns -d 'User namespace: host, private, auto[:size=N,uidmapping=C:H:N,gidmapping=C:H:N]; for an ordinary user keep-id[:uid=N,gid=N] (its ids are the same inside) or nomap (they don\'t occur)' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l uidmap -d 'Map a user id of the container to one of the host (an ordinary user\'s: 0 is its own, its subordinate ids follow)' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l gidmap -d 'Map a group id of the container to one of the host, as --uidmap' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l cgroupns -d 'Cgroup namespace: private or host [default: private]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -s m -l memory -d 'Limit of memory' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l memory-reservation -d 'Memory to be left to the container when the host is short of it' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l memory-swap -d 'Limit of memory and swap together, -1 for any amount of swap' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l kernel-memory -d 'Not supported: the kernel has no such limit any more' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l cpus -d 'How many CPUs\' time it may use, as 1.5' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -s c -l cpu-shares -d 'Share of the CPUs when they are contended, relative to other containers\' (1024 is usual)' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l cpu-period -d 'Period of the CPU quota in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l cpu-quota -d 'CPU time in each period in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l cpu-rt-period -d 'Period of the real-time quota in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l cpu-rt-runtime -d 'Real-time CPU time in each period in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l cpuset-cpus -d 'CPUs to run on, as 0-3,8' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l cpuset-mems -d 'Memory nodes to take memory from, as 0-1' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l pids-limit -d 'How many processes and threads there may be, -1 for any number' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l blkio-weight -d 'Share of the disks when they are contended, 10 to 1000' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l memory-swappiness -d 'Readiness to swap, 0 to 100' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l blkio-weight-device -d 'Share of one disk' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l device-read-bps -d 'Limit of bytes read from a device in a second' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l device-write-bps -d 'Limit of bytes written to a device in a second' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l device-read-iops -d 'Limit of reads from a device in a second' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l device-write-iops -d 'Limit of writes to a device in a second' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l cgroup-conf -d 'Write a value to a file of the container\'s cgroup (version 2), as memory.high=1073741824' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l cgroup-parent -d 'Cgroup to make the container\'s own in' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l device -d 'Add a device of the host, all in a directory, or one that a CDI file describes (VENDOR/CLASS=NAME)' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l gpus -d 'Add graphics processors: all, how many, or device=ID[,ID...] (through CDI)' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l cdi-spec-dir -d 'Directory of CDI files, instead of /etc/cdi and /var/run/cdi; a later one counts more' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l device-cgroup-rule -d 'Allow more devices, as "c 10:* rw"' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l shm-size -d 'Size of /dev/shm [default: 64m]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l ulimit -d 'Set a resource limit' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l sysctl -d 'Set a kernel parameter of the container\'s namespaces' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l detach-keys -d 'Keys that detach from the container [default: ctrl-p,ctrl-q]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l log-driver -d 'Where output is logged: json-file, local, journald, passthrough or none [default: json-file]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l log-opt -d 'Option of the log driver: max-size, max-file, compress, labels, env, tag, mode, max-buffer-size' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l rootfs -d 'Run from a directory of the host instead of an image, with O leaving it as it is; what follows is the command' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -s d -l detach -d 'Run in the background and print the container\'s id'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -s i -l interactive -d 'Keep standard input open even if not attached'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -s t -l tty -d 'Give the container a terminal'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l rm -d 'Remove the container when it ends'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l read-only -d 'Make the root file system read-only'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l ephemeral -d 'With --rm: keep what the container changes in memory'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -s q -l quiet -d 'Print nothing while pulling'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -s P -l publish-all -d 'Publish all exposed ports on ports of the host that are free'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l no-hosts -d 'Leave the image\'s /etc/hosts as it is'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l no-hostname -d 'Leave the image\'s /etc/hostname as it is'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l privileged -d 'Give the container all capabilities and devices'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l no-healthcheck -d 'Do not check the health, even if the image says how'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l env-host -d 'Give the container this environment\'s variables'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from run" -l oom-kill-disable -d 'Let processes wait instead of killing one when the limit of memory is reached'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from start" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from start" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from start" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from start" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from start" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from start" -l sig-proxy -d 'Pass signals on to the container' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from start" -l detach-keys -d 'Keys that detach from the container [default: ctrl-p,ctrl-q]' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from start" -s a -l attach -d 'Attach to output and errors, and pass signals on'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from start" -s i -l interactive -d 'Attach to standard input'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stats" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stats" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stats" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stats" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stats" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stats" -l format -d 'table, json, or a Go template' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stats" -s a -l all -d 'Also containers that aren\'t running'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stats" -l no-stream -d 'Look once'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stats" -l no-trunc -d 'Do not shorten'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stop" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stop" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stop" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stop" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stop" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stop" -s s -l signal -d 'Signal to send first' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stop" -s t -l timeout -d 'Seconds to wait before killing the container, -1 to wait for ever' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stop" -s a -l all -d 'All running containers'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from stop" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from top" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from top" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from top" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from top" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from top" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from top" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from unmount" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from unmount" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from unmount" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from unmount" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from unmount" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from unmount" -s a -l all -d 'All that are mounted'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from unmount" -s f -l force -d 'Also if a process is at work there: it keeps what it has open'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from unmount" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from umount" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from umount" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from umount" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from umount" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from umount" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from umount" -s a -l all -d 'All that are mounted'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from umount" -s f -l force -d 'Also if a process is at work there: it keeps what it has open'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from umount" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from unpause" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from unpause" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from unpause" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from unpause" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from unpause" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from unpause" -s a -l all -d 'All paused containers'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from unpause" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -s m -l memory -d 'Limit of memory' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l memory-reservation -d 'Memory to be left to the container when the host is short of it' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l memory-swap -d 'Limit of memory and swap together, -1 for any amount of swap' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l kernel-memory -d 'Not supported: the kernel has no such limit any more' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l cpus -d 'How many CPUs\' time it may use, as 1.5' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -s c -l cpu-shares -d 'Share of the CPUs when they are contended, relative to other containers\' (1024 is usual)' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l cpu-period -d 'Period of the CPU quota in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l cpu-quota -d 'CPU time in each period in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l cpu-rt-period -d 'Period of the real-time quota in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l cpu-rt-runtime -d 'Real-time CPU time in each period in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l cpuset-cpus -d 'CPUs to run on, as 0-3,8' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l cpuset-mems -d 'Memory nodes to take memory from, as 0-1' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l pids-limit -d 'How many processes and threads there may be, -1 for any number' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l blkio-weight -d 'Share of the disks when they are contended, 10 to 1000' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -l restart -d 'Whether to start the container again when it ends: no, on-failure[:N], always, unless-stopped' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from wait" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from wait" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from wait" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from wait" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from wait" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from wait" -l condition -d 'Wait for this instead: created, running, restarting, exited, stopped, not-running, next-exit, removed, healthy, unhealthy' -r
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from wait" -s i -l ignore -d 'Print nothing for containers that do not exist'
complete -c dhow -n "__fish_dhow_using_subcommand container; and __fish_seen_subcommand_from wait" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand attach" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand attach" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand attach" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand attach" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand attach" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand attach" -l sig-proxy -d 'Pass signals on to the container' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand attach" -l detach-keys -d 'Keys that detach from the container [default: ctrl-p,ctrl-q]' -r
complete -c dhow -n "__fish_dhow_using_subcommand attach" -l no-stdin -d 'Do not attach standard input'
complete -c dhow -n "__fish_dhow_using_subcommand attach" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand boot" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand boot" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand boot" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand boot" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand boot" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand boot" -l install -d 'Write a unit of systemd that does so at each start of the machine (as an ordinary user: of the user\'s own systemd)'
complete -c dhow -n "__fish_dhow_using_subcommand boot" -l shutdown -d 'Stop all containers instead; those with a restart policy run again after the next boot'
complete -c dhow -n "__fish_dhow_using_subcommand boot" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand commit" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand commit" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand commit" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand commit" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand commit" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand commit" -s a -l author -d 'Who made it, as "Jane Doe <jane@example.org>"' -r
complete -c dhow -n "__fish_dhow_using_subcommand commit" -s c -l change -d 'Apply a Dockerfile instruction: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR' -r
complete -c dhow -n "__fish_dhow_using_subcommand commit" -s f -l format -d 'What kind of image to make' -r -f -a "oci\t'Manifest and configuration of the OCI'
docker\t'Docker\'s manifest, schema 2'"
complete -c dhow -n "__fish_dhow_using_subcommand commit" -l iidfile -d 'Write the image\'s ID to this file' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand commit" -s m -l message -d 'Comment in the image\'s history' -r
complete -c dhow -n "__fish_dhow_using_subcommand commit" -s p -l pause -d 'Freeze the container meanwhile (done if it can be, unless this says false)' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand commit" -l timestamp -d 'Give the image, and new files at most, this time, in seconds since the epoch' -r
complete -c dhow -n "__fish_dhow_using_subcommand commit" -s q -l quiet -d 'Print nothing but the ID (which is all that is printed anyway)'
complete -c dhow -n "__fish_dhow_using_subcommand commit" -s s -l squash -d 'Make one layer of all'
complete -c dhow -n "__fish_dhow_using_subcommand commit" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhow -n "__fish_dhow_using_subcommand cp" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand cp" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand cp" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand cp" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand cp" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand cp" -s a -l archive -d 'Into a container: everything belongs to the user it runs as. Out of it: owners stay what they are, if root copies'
complete -c dhow -n "__fish_dhow_using_subcommand cp" -s L -l follow-link -d 'Follow a symbolic link that the source is'
complete -c dhow -n "__fish_dhow_using_subcommand cp" -s q -l quiet -d 'Don\'t say on the terminal how much was copied'
complete -c dhow -n "__fish_dhow_using_subcommand cp" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand create" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand create" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand create" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand create" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand create" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -s a -l attach -d 'Attach to stdin, stdout or stderr' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l name -d 'Name of the container' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -s e -l env -d 'Set an environment variable (NAME=VALUE, or NAME to take it from this environment)' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l env-file -d 'Read environment variables from a file' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand create" -s w -l workdir -d 'Working directory in the container' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -s u -l user -d 'User (and group) to run as, by name or number' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l group-add -d 'Further groups of the process' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l entrypoint -d 'Replace the image\'s entry point' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -s h -l hostname -d 'Host name of the container' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -s v -l volume -d 'Mount a volume, or a directory or file of the host: ro, rw, z, Z, U, O, nocopy, exec, noexec, dev, nodev, suid, nosuid, bind, rbind, idmap, shared, slave, private, rshared, rslave, rprivate' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l volume-driver -d 'Who makes the volumes that are not there yet: local is the only one' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l mount -d 'Mount a bind, volume, tmpfs, image, ramfs or devpts (type=TYPE,source=SOURCE,target=DEST,…)' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l volumes-from -d 'Mount what another container has mounted' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l tmpfs -d 'Mount an empty file system in memory' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l image-volume -d 'What the places become that the image has for volumes: anonymous (volumes without a name), tmpfs or ignore' -r -f -a "anonymous\t'Volumes without a name'
tmpfs\t'File systems in memory'
ignore\t'Nothing'"
complete -c dhow -n "__fish_dhow_using_subcommand create" -l read-only-tmpfs -d 'With --read-only: file systems in memory on /run, /tmp and /var/tmp' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand create" -l storage-opt -d 'size=SIZE: how much the container may write' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -s l -l label -d 'Set a label' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l label-file -d 'Read labels from a file' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand create" -l cidfile -d 'Write the container\'s id to a file' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand create" -l pull -d 'When to pull the image [default: missing]' -r -f -a "always\t'Always; fail if the registry can\'t be asked'
missing\t'If the image isn\'t there'
never\t'Never; fail if the image isn\'t there'
newer\t'If the registry has another one than the store'"
complete -c dhow -n "__fish_dhow_using_subcommand create" -l platform -d 'Platform of the image' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l network -d 'Network: NAME[:ip=ADDRESS,mac=ADDRESS,alias=NAME,interface_name=NAME,link-local-ip=ADDRESS,driver-opt=KEY=VALUE,host_loopback], none, host, container:NAME, ns:PATH, pasta[:OPTION,...] or slirp4netns[:OPTION,...]' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l ip -d 'IPv4 address on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l ip6 -d 'IPv6 address on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l mac-address -d 'Hardware address on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l link-local-ip -d 'A further address that is good on the network\'s link alone' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l network-alias -d 'A further name of the container on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l link -d 'Another container\'s name for this one alone' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -s p -l publish -d 'Publish a port of the container on the host' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l publish-mode -d 'How published ports reach the container: dnat, or proxy, through a listener that firewalls filter as any local service [default: dnat]' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l expose -d 'Expose a port or a range of them' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l add-host -d 'Add a line to /etc/hosts; the address host-gateway is the host\'s on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l dns -d 'Name server' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l dns-search -d 'Domain in which names are searched, . for none' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l dns-option -d 'Option of the resolver' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l cap-add -d 'Add a capability' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l cap-drop -d 'Drop a capability' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l security-opt -d 'no-new-privileges, seccomp=FILE|unconfined, apparmor=PROFILE|unconfined, label=LABEL|disable, mask=PATH[:PATH], unmask=ALL|PATH[:PATH], systempaths=unconfined' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l stop-signal -d 'Signal that asks the container to stop' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l stop-timeout -d 'Seconds to wait for the container to stop before it is killed, -1 to wait for ever [default: 10]' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l restart -d 'When to start it again after it has ended: no, on-failure[:N], always or unless-stopped' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l requires -d 'Containers that are started before this one' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l health-cmd -d 'Command that checks the container\'s health: a line for the shell, or a JSON list' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l health-interval -d 'Time between two checks' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l health-timeout -d 'Time that a check may take' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l health-retries -d 'Failures in a row that make the container unhealthy' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l health-start-period -d 'Time after the start in which failures do not count' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l health-start-interval -d 'Time between two checks in the start period' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l health-on-failure -d 'What to do when the container becomes unhealthy' -r -f -a "none\t''
kill\t''
restart\t''
stop\t''"
complete -c dhow -n "__fish_dhow_using_subcommand create" -l oom-score-adj -d 'How readily the kernel kills it for want of memory, -1000 to 1000' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l domainname -d 'NIS domain name' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l umask -d 'File mode creation mask' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l annotation -d 'Add an annotation, for the runtime' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l timeout -d 'Seconds after which the container is killed' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l tz -d 'Time zone, as Europe/Berlin, or local for the host\'s' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l passwd-entry -d 'Add a line to the container\'s /etc/passwd' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l hostuser -d 'Add a user of this host to the container\'s /etc/passwd' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l init -d 'Run an init as process 1, which passes signals on and reaps processes' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand create" -l runtime -d 'OCI runtime that runs the container instead of the built-in, by its name in config.toml, its program\'s name or its path' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l pid -d 'PID namespace: private, host or container:NAME' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l ipc -d 'IPC namespace and /dev/shm: private, shareable (others may join), none (no /dev/shm), host or container:NAME [default: private]' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l uts -d 'UTS namespace: private or host' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l userns -d 'User namespace: host, private, auto[:size=N,uidmapping=C:H:N,gidmapping=C:H:N]; for an ordinary user keep-id[:uid=N,gid=N] (its ids are the same inside) or nomap (they don\'t occur)' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l uidmap -d 'Map a user id of the container to one of the host (an ordinary user\'s: 0 is its own, its subordinate ids follow)' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l gidmap -d 'Map a group id of the container to one of the host, as --uidmap' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l cgroupns -d 'Cgroup namespace: private or host [default: private]' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -s m -l memory -d 'Limit of memory' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l memory-reservation -d 'Memory to be left to the container when the host is short of it' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l memory-swap -d 'Limit of memory and swap together, -1 for any amount of swap' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l kernel-memory -d 'Not supported: the kernel has no such limit any more' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l cpus -d 'How many CPUs\' time it may use, as 1.5' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -s c -l cpu-shares -d 'Share of the CPUs when they are contended, relative to other containers\' (1024 is usual)' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l cpu-period -d 'Period of the CPU quota in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l cpu-quota -d 'CPU time in each period in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l cpu-rt-period -d 'Period of the real-time quota in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l cpu-rt-runtime -d 'Real-time CPU time in each period in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l cpuset-cpus -d 'CPUs to run on, as 0-3,8' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l cpuset-mems -d 'Memory nodes to take memory from, as 0-1' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l pids-limit -d 'How many processes and threads there may be, -1 for any number' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l blkio-weight -d 'Share of the disks when they are contended, 10 to 1000' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l memory-swappiness -d 'Readiness to swap, 0 to 100' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l blkio-weight-device -d 'Share of one disk' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l device-read-bps -d 'Limit of bytes read from a device in a second' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l device-write-bps -d 'Limit of bytes written to a device in a second' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l device-read-iops -d 'Limit of reads from a device in a second' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l device-write-iops -d 'Limit of writes to a device in a second' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l cgroup-conf -d 'Write a value to a file of the container\'s cgroup (version 2), as memory.high=1073741824' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l cgroup-parent -d 'Cgroup to make the container\'s own in' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l device -d 'Add a device of the host, all in a directory, or one that a CDI file describes (VENDOR/CLASS=NAME)' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l gpus -d 'Add graphics processors: all, how many, or device=ID[,ID...] (through CDI)' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l cdi-spec-dir -d 'Directory of CDI files, instead of /etc/cdi and /var/run/cdi; a later one counts more' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand create" -l device-cgroup-rule -d 'Allow more devices, as "c 10:* rw"' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l shm-size -d 'Size of /dev/shm [default: 64m]' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l ulimit -d 'Set a resource limit' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l sysctl -d 'Set a kernel parameter of the container\'s namespaces' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l detach-keys -d 'Keys that detach from the container [default: ctrl-p,ctrl-q]' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l log-driver -d 'Where output is logged: json-file, local, journald, passthrough or none [default: json-file]' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l log-opt -d 'Option of the log driver: max-size, max-file, compress, labels, env, tag, mode, max-buffer-size' -r
complete -c dhow -n "__fish_dhow_using_subcommand create" -l rootfs -d 'Run from a directory of the host instead of an image, with O leaving it as it is; what follows is the command' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand create" -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand create" -s i -l interactive -d 'Keep standard input open even if not attached'
complete -c dhow -n "__fish_dhow_using_subcommand create" -s t -l tty -d 'Give the container a terminal'
complete -c dhow -n "__fish_dhow_using_subcommand create" -l rm -d 'Remove the container when it ends'
complete -c dhow -n "__fish_dhow_using_subcommand create" -l read-only -d 'Make the root file system read-only'
complete -c dhow -n "__fish_dhow_using_subcommand create" -l ephemeral -d 'With --rm: keep what the container changes in memory'
complete -c dhow -n "__fish_dhow_using_subcommand create" -s q -l quiet -d 'Print nothing while pulling'
complete -c dhow -n "__fish_dhow_using_subcommand create" -s P -l publish-all -d 'Publish all exposed ports on ports of the host that are free'
complete -c dhow -n "__fish_dhow_using_subcommand create" -l no-hosts -d 'Leave the image\'s /etc/hosts as it is'
complete -c dhow -n "__fish_dhow_using_subcommand create" -l no-hostname -d 'Leave the image\'s /etc/hostname as it is'
complete -c dhow -n "__fish_dhow_using_subcommand create" -l privileged -d 'Give the container all capabilities and devices'
complete -c dhow -n "__fish_dhow_using_subcommand create" -l no-healthcheck -d 'Do not check the health, even if the image says how'
complete -c dhow -n "__fish_dhow_using_subcommand create" -l env-host -d 'Give the container this environment\'s variables'
complete -c dhow -n "__fish_dhow_using_subcommand create" -l oom-kill-disable -d 'Let processes wait instead of killing one when the limit of memory is reached'
complete -c dhow -n "__fish_dhow_using_subcommand diff" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand diff" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand diff" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand diff" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand diff" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand diff" -l format -d 'How to print it: json; a line for each path if not given' -r
complete -c dhow -n "__fish_dhow_using_subcommand diff" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand events" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand events" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand events" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand events" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand events" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand events" -s f -l filter -d 'Only those that fit: container=, event=, image=, label=, type=' -r
complete -c dhow -n "__fish_dhow_using_subcommand events" -l format -d 'json, or a Go template' -r
complete -c dhow -n "__fish_dhow_using_subcommand events" -l since -d 'Begin with those of the past, from this time on' -r
complete -c dhow -n "__fish_dhow_using_subcommand events" -l until -d 'End at this time' -r
complete -c dhow -n "__fish_dhow_using_subcommand events" -l stream -d 'End after those of the past' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand events" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand exec" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand exec" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand exec" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand exec" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand exec" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand exec" -l detach-keys -d 'Keys that detach from the command [default: ctrl-p,ctrl-q]' -r
complete -c dhow -n "__fish_dhow_using_subcommand exec" -s e -l env -d 'Set an environment variable' -r
complete -c dhow -n "__fish_dhow_using_subcommand exec" -l env-file -d 'Read environment variables from a file' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand exec" -l preserve-fds -d 'Let the command have so many descriptors, from 3 on, that are open here' -r
complete -c dhow -n "__fish_dhow_using_subcommand exec" -s u -l user -d 'User (and group) to run as' -r
complete -c dhow -n "__fish_dhow_using_subcommand exec" -s w -l workdir -d 'Working directory' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand exec" -s d -l detach -d 'Run in the background'
complete -c dhow -n "__fish_dhow_using_subcommand exec" -s i -l interactive -d 'Pass standard input on'
complete -c dhow -n "__fish_dhow_using_subcommand exec" -l privileged -d 'Give the command all capabilities'
complete -c dhow -n "__fish_dhow_using_subcommand exec" -s t -l tty -d 'Give the command a terminal'
complete -c dhow -n "__fish_dhow_using_subcommand exec" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand export" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand export" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand export" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand export" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand export" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand export" -s o -l output -d 'Write to this file instead of standard output' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand export" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand inspect" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand inspect" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand inspect" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand inspect" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand inspect" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand inspect" -s f -l format -d 'json, or a Go template' -r
complete -c dhow -n "__fish_dhow_using_subcommand inspect" -l type -d 'What the names stand for' -r -f -a "container\t''
image\t''"
complete -c dhow -n "__fish_dhow_using_subcommand inspect" -s s -l size -d 'Also the size of what a container has written'
complete -c dhow -n "__fish_dhow_using_subcommand inspect" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand kill" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand kill" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand kill" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand kill" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand kill" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand kill" -s s -l signal -d 'Signal to send' -r
complete -c dhow -n "__fish_dhow_using_subcommand kill" -s a -l all -d 'All running containers'
complete -c dhow -n "__fish_dhow_using_subcommand kill" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand logs" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand logs" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand logs" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand logs" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand logs" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand logs" -s n -l tail -d 'Only the last lines' -r
complete -c dhow -n "__fish_dhow_using_subcommand logs" -l since -d 'Only what was written since (a time, or a duration such as 10m)' -r
complete -c dhow -n "__fish_dhow_using_subcommand logs" -l until -d 'Only what was written before' -r
complete -c dhow -n "__fish_dhow_using_subcommand logs" -s f -l follow -d 'Go on as it writes more'
complete -c dhow -n "__fish_dhow_using_subcommand logs" -s t -l timestamps -d 'Print the time of each line'
complete -c dhow -n "__fish_dhow_using_subcommand logs" -l details -d 'Print the labels, variables and the tag that go with each line (--log-opt labels, env, tag)'
complete -c dhow -n "__fish_dhow_using_subcommand logs" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand mount" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand mount" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand mount" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand mount" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand mount" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand mount" -l format -d 'How to list those that are mounted: json; a line for each if not given' -r
complete -c dhow -n "__fish_dhow_using_subcommand mount" -s a -l all -d 'All there are'
complete -c dhow -n "__fish_dhow_using_subcommand mount" -l no-trunc -d 'Print whole IDs'
complete -c dhow -n "__fish_dhow_using_subcommand mount" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhow -n "__fish_dhow_using_subcommand pause" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand pause" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand pause" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand pause" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand pause" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand pause" -s a -l all -d 'All running containers'
complete -c dhow -n "__fish_dhow_using_subcommand pause" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand port" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand port" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand port" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand port" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand port" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand port" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand ps" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand ps" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand ps" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand ps" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand ps" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand ps" -s f -l filter -d 'Only those that fit: id, name, label, status, exited, ancestor, before, since, network, volume, expose, publish, health' -r
complete -c dhow -n "__fish_dhow_using_subcommand ps" -l format -d 'table, json, or a Go template' -r
complete -c dhow -n "__fish_dhow_using_subcommand ps" -s n -l last -d 'The last so many that were created, in whatever state' -r
complete -c dhow -n "__fish_dhow_using_subcommand ps" -s a -l all -d 'Also those that aren\'t running'
complete -c dhow -n "__fish_dhow_using_subcommand ps" -s l -l latest -d 'The one that was created last, in whatever state'
complete -c dhow -n "__fish_dhow_using_subcommand ps" -l no-trunc -d 'Do not shorten'
complete -c dhow -n "__fish_dhow_using_subcommand ps" -s q -l quiet -d 'Only ids'
complete -c dhow -n "__fish_dhow_using_subcommand ps" -s s -l size -d 'Also the size of what the container has written'
complete -c dhow -n "__fish_dhow_using_subcommand ps" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand rename" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand rename" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand rename" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand rename" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand rename" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand rename" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand restart" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand restart" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand restart" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand restart" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand restart" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand restart" -s s -l signal -d 'Signal to send first' -r
complete -c dhow -n "__fish_dhow_using_subcommand restart" -s t -l timeout -d 'Seconds to wait before killing the container, -1 to wait for ever' -r
complete -c dhow -n "__fish_dhow_using_subcommand restart" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand rm" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand rm" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand rm" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand rm" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand rm" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand rm" -s a -l all -d 'All containers'
complete -c dhow -n "__fish_dhow_using_subcommand rm" -s f -l force -d 'Kill running containers first; a missing one is no error'
complete -c dhow -n "__fish_dhow_using_subcommand rm" -l depend -d 'Remove those that require it (--requires), too'
complete -c dhow -n "__fish_dhow_using_subcommand rm" -s v -l volumes -d 'Remove the volumes without a name with the container'
complete -c dhow -n "__fish_dhow_using_subcommand rm" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand run" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand run" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand run" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand run" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand run" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l sig-proxy -d 'Pass signals on to the container' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand run" -l preserve-fds -d 'Let the program have so many descriptors, from 3 on, that are open here' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -s a -l attach -d 'Attach to stdin, stdout or stderr' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l name -d 'Name of the container' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -s e -l env -d 'Set an environment variable (NAME=VALUE, or NAME to take it from this environment)' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l env-file -d 'Read environment variables from a file' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand run" -s w -l workdir -d 'Working directory in the container' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -s u -l user -d 'User (and group) to run as, by name or number' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l group-add -d 'Further groups of the process' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l entrypoint -d 'Replace the image\'s entry point' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -s h -l hostname -d 'Host name of the container' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -s v -l volume -d 'Mount a volume, or a directory or file of the host: ro, rw, z, Z, U, O, nocopy, exec, noexec, dev, nodev, suid, nosuid, bind, rbind, idmap, shared, slave, private, rshared, rslave, rprivate' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l volume-driver -d 'Who makes the volumes that are not there yet: local is the only one' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l mount -d 'Mount a bind, volume, tmpfs, image, ramfs or devpts (type=TYPE,source=SOURCE,target=DEST,…)' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l volumes-from -d 'Mount what another container has mounted' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l tmpfs -d 'Mount an empty file system in memory' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l image-volume -d 'What the places become that the image has for volumes: anonymous (volumes without a name), tmpfs or ignore' -r -f -a "anonymous\t'Volumes without a name'
tmpfs\t'File systems in memory'
ignore\t'Nothing'"
complete -c dhow -n "__fish_dhow_using_subcommand run" -l read-only-tmpfs -d 'With --read-only: file systems in memory on /run, /tmp and /var/tmp' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand run" -l storage-opt -d 'size=SIZE: how much the container may write' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -s l -l label -d 'Set a label' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l label-file -d 'Read labels from a file' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand run" -l cidfile -d 'Write the container\'s id to a file' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand run" -l pull -d 'When to pull the image [default: missing]' -r -f -a "always\t'Always; fail if the registry can\'t be asked'
missing\t'If the image isn\'t there'
never\t'Never; fail if the image isn\'t there'
newer\t'If the registry has another one than the store'"
complete -c dhow -n "__fish_dhow_using_subcommand run" -l platform -d 'Platform of the image' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l network -d 'Network: NAME[:ip=ADDRESS,mac=ADDRESS,alias=NAME,interface_name=NAME,link-local-ip=ADDRESS,driver-opt=KEY=VALUE,host_loopback], none, host, container:NAME, ns:PATH, pasta[:OPTION,...] or slirp4netns[:OPTION,...]' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l ip -d 'IPv4 address on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l ip6 -d 'IPv6 address on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l mac-address -d 'Hardware address on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l link-local-ip -d 'A further address that is good on the network\'s link alone' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l network-alias -d 'A further name of the container on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l link -d 'Another container\'s name for this one alone' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -s p -l publish -d 'Publish a port of the container on the host' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l publish-mode -d 'How published ports reach the container: dnat, or proxy, through a listener that firewalls filter as any local service [default: dnat]' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l expose -d 'Expose a port or a range of them' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l add-host -d 'Add a line to /etc/hosts; the address host-gateway is the host\'s on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l dns -d 'Name server' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l dns-search -d 'Domain in which names are searched, . for none' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l dns-option -d 'Option of the resolver' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l cap-add -d 'Add a capability' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l cap-drop -d 'Drop a capability' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l security-opt -d 'no-new-privileges, seccomp=FILE|unconfined, apparmor=PROFILE|unconfined, label=LABEL|disable, mask=PATH[:PATH], unmask=ALL|PATH[:PATH], systempaths=unconfined' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l stop-signal -d 'Signal that asks the container to stop' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l stop-timeout -d 'Seconds to wait for the container to stop before it is killed, -1 to wait for ever [default: 10]' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l restart -d 'When to start it again after it has ended: no, on-failure[:N], always or unless-stopped' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l requires -d 'Containers that are started before this one' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l health-cmd -d 'Command that checks the container\'s health: a line for the shell, or a JSON list' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l health-interval -d 'Time between two checks' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l health-timeout -d 'Time that a check may take' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l health-retries -d 'Failures in a row that make the container unhealthy' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l health-start-period -d 'Time after the start in which failures do not count' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l health-start-interval -d 'Time between two checks in the start period' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l health-on-failure -d 'What to do when the container becomes unhealthy' -r -f -a "none\t''
kill\t''
restart\t''
stop\t''"
complete -c dhow -n "__fish_dhow_using_subcommand run" -l oom-score-adj -d 'How readily the kernel kills it for want of memory, -1000 to 1000' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l domainname -d 'NIS domain name' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l umask -d 'File mode creation mask' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l annotation -d 'Add an annotation, for the runtime' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l timeout -d 'Seconds after which the container is killed' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l tz -d 'Time zone, as Europe/Berlin, or local for the host\'s' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l passwd-entry -d 'Add a line to the container\'s /etc/passwd' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l hostuser -d 'Add a user of this host to the container\'s /etc/passwd' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l init -d 'Run an init as process 1, which passes signals on and reaps processes' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand run" -l runtime -d 'OCI runtime that runs the container instead of the built-in, by its name in config.toml, its program\'s name or its path' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l pid -d 'PID namespace: private, host or container:NAME' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l ipc -d 'IPC namespace and /dev/shm: private, shareable (others may join), none (no /dev/shm), host or container:NAME [default: private]' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l uts -d 'UTS namespace: private or host' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l userns -d 'User namespace: host, private, auto[:size=N,uidmapping=C:H:N,gidmapping=C:H:N]; for an ordinary user keep-id[:uid=N,gid=N] (its ids are the same inside) or nomap (they don\'t occur)' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l uidmap -d 'Map a user id of the container to one of the host (an ordinary user\'s: 0 is its own, its subordinate ids follow)' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l gidmap -d 'Map a group id of the container to one of the host, as --uidmap' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l cgroupns -d 'Cgroup namespace: private or host [default: private]' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -s m -l memory -d 'Limit of memory' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l memory-reservation -d 'Memory to be left to the container when the host is short of it' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l memory-swap -d 'Limit of memory and swap together, -1 for any amount of swap' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l kernel-memory -d 'Not supported: the kernel has no such limit any more' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l cpus -d 'How many CPUs\' time it may use, as 1.5' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -s c -l cpu-shares -d 'Share of the CPUs when they are contended, relative to other containers\' (1024 is usual)' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l cpu-period -d 'Period of the CPU quota in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l cpu-quota -d 'CPU time in each period in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l cpu-rt-period -d 'Period of the real-time quota in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l cpu-rt-runtime -d 'Real-time CPU time in each period in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l cpuset-cpus -d 'CPUs to run on, as 0-3,8' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l cpuset-mems -d 'Memory nodes to take memory from, as 0-1' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l pids-limit -d 'How many processes and threads there may be, -1 for any number' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l blkio-weight -d 'Share of the disks when they are contended, 10 to 1000' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l memory-swappiness -d 'Readiness to swap, 0 to 100' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l blkio-weight-device -d 'Share of one disk' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l device-read-bps -d 'Limit of bytes read from a device in a second' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l device-write-bps -d 'Limit of bytes written to a device in a second' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l device-read-iops -d 'Limit of reads from a device in a second' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l device-write-iops -d 'Limit of writes to a device in a second' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l cgroup-conf -d 'Write a value to a file of the container\'s cgroup (version 2), as memory.high=1073741824' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l cgroup-parent -d 'Cgroup to make the container\'s own in' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l device -d 'Add a device of the host, all in a directory, or one that a CDI file describes (VENDOR/CLASS=NAME)' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l gpus -d 'Add graphics processors: all, how many, or device=ID[,ID...] (through CDI)' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l cdi-spec-dir -d 'Directory of CDI files, instead of /etc/cdi and /var/run/cdi; a later one counts more' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand run" -l device-cgroup-rule -d 'Allow more devices, as "c 10:* rw"' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l shm-size -d 'Size of /dev/shm [default: 64m]' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l ulimit -d 'Set a resource limit' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l sysctl -d 'Set a kernel parameter of the container\'s namespaces' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l detach-keys -d 'Keys that detach from the container [default: ctrl-p,ctrl-q]' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l log-driver -d 'Where output is logged: json-file, local, journald, passthrough or none [default: json-file]' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l log-opt -d 'Option of the log driver: max-size, max-file, compress, labels, env, tag, mode, max-buffer-size' -r
complete -c dhow -n "__fish_dhow_using_subcommand run" -l rootfs -d 'Run from a directory of the host instead of an image, with O leaving it as it is; what follows is the command' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand run" -s d -l detach -d 'Run in the background and print the container\'s id'
complete -c dhow -n "__fish_dhow_using_subcommand run" -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand run" -s i -l interactive -d 'Keep standard input open even if not attached'
complete -c dhow -n "__fish_dhow_using_subcommand run" -s t -l tty -d 'Give the container a terminal'
complete -c dhow -n "__fish_dhow_using_subcommand run" -l rm -d 'Remove the container when it ends'
complete -c dhow -n "__fish_dhow_using_subcommand run" -l read-only -d 'Make the root file system read-only'
complete -c dhow -n "__fish_dhow_using_subcommand run" -l ephemeral -d 'With --rm: keep what the container changes in memory'
complete -c dhow -n "__fish_dhow_using_subcommand run" -s q -l quiet -d 'Print nothing while pulling'
complete -c dhow -n "__fish_dhow_using_subcommand run" -s P -l publish-all -d 'Publish all exposed ports on ports of the host that are free'
complete -c dhow -n "__fish_dhow_using_subcommand run" -l no-hosts -d 'Leave the image\'s /etc/hosts as it is'
complete -c dhow -n "__fish_dhow_using_subcommand run" -l no-hostname -d 'Leave the image\'s /etc/hostname as it is'
complete -c dhow -n "__fish_dhow_using_subcommand run" -l privileged -d 'Give the container all capabilities and devices'
complete -c dhow -n "__fish_dhow_using_subcommand run" -l no-healthcheck -d 'Do not check the health, even if the image says how'
complete -c dhow -n "__fish_dhow_using_subcommand run" -l env-host -d 'Give the container this environment\'s variables'
complete -c dhow -n "__fish_dhow_using_subcommand run" -l oom-kill-disable -d 'Let processes wait instead of killing one when the limit of memory is reached'
complete -c dhow -n "__fish_dhow_using_subcommand start" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand start" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand start" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand start" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand start" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand start" -l sig-proxy -d 'Pass signals on to the container' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand start" -l detach-keys -d 'Keys that detach from the container [default: ctrl-p,ctrl-q]' -r
complete -c dhow -n "__fish_dhow_using_subcommand start" -s a -l attach -d 'Attach to output and errors, and pass signals on'
complete -c dhow -n "__fish_dhow_using_subcommand start" -s i -l interactive -d 'Attach to standard input'
complete -c dhow -n "__fish_dhow_using_subcommand start" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand stats" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand stats" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand stats" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand stats" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand stats" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand stats" -l format -d 'table, json, or a Go template' -r
complete -c dhow -n "__fish_dhow_using_subcommand stats" -s a -l all -d 'Also containers that aren\'t running'
complete -c dhow -n "__fish_dhow_using_subcommand stats" -l no-stream -d 'Look once'
complete -c dhow -n "__fish_dhow_using_subcommand stats" -l no-trunc -d 'Do not shorten'
complete -c dhow -n "__fish_dhow_using_subcommand stats" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhow -n "__fish_dhow_using_subcommand stop" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand stop" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand stop" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand stop" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand stop" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand stop" -s s -l signal -d 'Signal to send first' -r
complete -c dhow -n "__fish_dhow_using_subcommand stop" -s t -l timeout -d 'Seconds to wait before killing the container, -1 to wait for ever' -r
complete -c dhow -n "__fish_dhow_using_subcommand stop" -s a -l all -d 'All running containers'
complete -c dhow -n "__fish_dhow_using_subcommand stop" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand top" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand top" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand top" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand top" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand top" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand top" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand unmount" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand unmount" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand unmount" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand unmount" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand unmount" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand unmount" -s a -l all -d 'All that are mounted'
complete -c dhow -n "__fish_dhow_using_subcommand unmount" -s f -l force -d 'Also if a process is at work there: it keeps what it has open'
complete -c dhow -n "__fish_dhow_using_subcommand unmount" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand umount" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand umount" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand umount" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand umount" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand umount" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand umount" -s a -l all -d 'All that are mounted'
complete -c dhow -n "__fish_dhow_using_subcommand umount" -s f -l force -d 'Also if a process is at work there: it keeps what it has open'
complete -c dhow -n "__fish_dhow_using_subcommand umount" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand unpause" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand unpause" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand unpause" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand unpause" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand unpause" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand unpause" -s a -l all -d 'All paused containers'
complete -c dhow -n "__fish_dhow_using_subcommand unpause" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand unshare" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand unshare" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand unshare" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand unshare" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand unshare" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand unshare" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhow -n "__fish_dhow_using_subcommand update" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand update" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand update" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand update" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand update" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand update" -s m -l memory -d 'Limit of memory' -r
complete -c dhow -n "__fish_dhow_using_subcommand update" -l memory-reservation -d 'Memory to be left to the container when the host is short of it' -r
complete -c dhow -n "__fish_dhow_using_subcommand update" -l memory-swap -d 'Limit of memory and swap together, -1 for any amount of swap' -r
complete -c dhow -n "__fish_dhow_using_subcommand update" -l kernel-memory -d 'Not supported: the kernel has no such limit any more' -r
complete -c dhow -n "__fish_dhow_using_subcommand update" -l cpus -d 'How many CPUs\' time it may use, as 1.5' -r
complete -c dhow -n "__fish_dhow_using_subcommand update" -s c -l cpu-shares -d 'Share of the CPUs when they are contended, relative to other containers\' (1024 is usual)' -r
complete -c dhow -n "__fish_dhow_using_subcommand update" -l cpu-period -d 'Period of the CPU quota in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand update" -l cpu-quota -d 'CPU time in each period in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand update" -l cpu-rt-period -d 'Period of the real-time quota in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand update" -l cpu-rt-runtime -d 'Real-time CPU time in each period in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand update" -l cpuset-cpus -d 'CPUs to run on, as 0-3,8' -r
complete -c dhow -n "__fish_dhow_using_subcommand update" -l cpuset-mems -d 'Memory nodes to take memory from, as 0-1' -r
complete -c dhow -n "__fish_dhow_using_subcommand update" -l pids-limit -d 'How many processes and threads there may be, -1 for any number' -r
complete -c dhow -n "__fish_dhow_using_subcommand update" -l blkio-weight -d 'Share of the disks when they are contended, 10 to 1000' -r
complete -c dhow -n "__fish_dhow_using_subcommand update" -l restart -d 'Whether to start the container again when it ends: no, on-failure[:N], always, unless-stopped' -r
complete -c dhow -n "__fish_dhow_using_subcommand update" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand wait" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand wait" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand wait" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand wait" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand wait" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand wait" -l condition -d 'Wait for this instead: created, running, restarting, exited, stopped, not-running, next-exit, removed, healthy, unhealthy' -r
complete -c dhow -n "__fish_dhow_using_subcommand wait" -s i -l ignore -d 'Print nothing for containers that do not exist'
complete -c dhow -n "__fish_dhow_using_subcommand wait" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand healthcheck; and not __fish_seen_subcommand_from run" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand healthcheck; and not __fish_seen_subcommand_from run" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand healthcheck; and not __fish_seen_subcommand_from run" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand healthcheck; and not __fish_seen_subcommand_from run" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand healthcheck; and not __fish_seen_subcommand_from run" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand healthcheck; and not __fish_seen_subcommand_from run" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand healthcheck; and not __fish_seen_subcommand_from run" -f -a "run" -d 'Check the health of a container now'
complete -c dhow -n "__fish_dhow_using_subcommand healthcheck; and __fish_seen_subcommand_from run" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand healthcheck; and __fish_seen_subcommand_from run" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand healthcheck; and __fish_seen_subcommand_from run" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand healthcheck; and __fish_seen_subcommand_from run" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand healthcheck; and __fish_seen_subcommand_from run" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand healthcheck; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "diff" -d 'Show what an image\'s top layer changes, or all that it has otherwise than another image'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "exists" -d 'Tell by the exit code whether an image is in the store: 0 or 1'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "history" -d 'Show how an image came to be'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "import" -d 'Make an image of a root file system in a tar archive'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "inspect" -d 'Show all that is known of images, as JSON'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "load" -d 'Load images from an archive or an OCI directory'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "mount" -d 'Mount images, read-only, and print where, or list those that are mounted'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "ls" -d 'List images'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "list" -d 'List images'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "prune" -d 'Remove images that nobody uses'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "pull" -d 'Pull an image from a registry'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "push" -d 'Push an image to a registry'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "rm" -d 'Remove images'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "remove" -d 'Remove images'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "save" -d 'Save images to an archive or an OCI directory'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "tag" -d 'Give an image another name'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "tree" -d 'Show the layers of an image as a tree'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "unmount" -d 'Unmount images'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "umount" -d 'Unmount images'
complete -c dhow -n "__fish_dhow_using_subcommand image; and not __fish_seen_subcommand_from diff exists history import inspect load mount ls list prune pull push rm remove save tag tree unmount umount untag" -f -a "untag" -d 'Take names from an image; the image stays'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from diff" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from diff" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from diff" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from diff" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from diff" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from diff" -l format -d 'How to print it: json; a line for each path if not given' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from exists" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from exists" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from exists" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from exists" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from exists" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from exists" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -s H -l human -d 'Print sizes and times for people' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -l platform -d 'Fail if the image is for another platform' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -l format -d 'json, a Go template, or table with a template' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -l no-trunc -d 'Print everything whole'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -s q -l quiet -d 'Print IDs only'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from history" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from import" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from import" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from import" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from import" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from import" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from import" -s c -l change -d 'Apply a Dockerfile instruction: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from import" -s m -l message -d 'Comment in the image\'s history' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from import" -l platform -d 'Platform of the image' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from import" -s q -l quiet -d 'No progress on standard error'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from inspect" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from inspect" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from inspect" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from inspect" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from inspect" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from inspect" -l platform -d 'Fail if an image is for another platform' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from inspect" -s f -l format -d 'json, or a Go template' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from load" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from load" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from load" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from load" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from load" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from load" -s i -l input -d 'Read from this archive or directory instead of standard input' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from load" -l platform -d 'Of an archive for several platforms, load this one' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from load" -s q -l quiet -d 'Say nothing while loading'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from load" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from mount" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from mount" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from mount" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from mount" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from mount" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from mount" -l format -d 'How to list those that are mounted: json; a line for each if not given' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from mount" -s a -l all -d 'All there are'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from mount" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -s f -l filter -d 'Conditions: dangling=BOOL, label=KEY[=VALUE], before=IMAGE, since=IMAGE, reference=PATTERN' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -l format -d 'json, a Go template, or table with a template' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -s a -l all -d 'Also intermediate images (there are none)'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -l digests -d 'Show digests'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -l no-trunc -d 'Print whole IDs'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print IDs only'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -s f -l filter -d 'Conditions: dangling=BOOL, label=KEY[=VALUE], before=IMAGE, since=IMAGE, reference=PATTERN' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -l format -d 'json, a Go template, or table with a template' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -s a -l all -d 'Also intermediate images (there are none)'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -l digests -d 'Show digests'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -l no-trunc -d 'Print whole IDs'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print IDs only'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from prune" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from prune" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from prune" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from prune" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from prune" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from prune" -l filter -d 'Conditions: until=TIME, label=KEY[=VALUE], label!=KEY[=VALUE]' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from prune" -s a -l all -d 'Also images that have a name, if no container uses them'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from prune" -s f -l force -d 'Don\'t ask'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from pull" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from pull" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from pull" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from pull" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from pull" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from pull" -l platform -d 'Of an image for several platforms, pull this one' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from pull" -s a -l all-tags -d 'Pull every tag of the repository'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from pull" -s q -l quiet -d 'Print the image\'s name only'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from pull" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from push" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from push" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from push" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from push" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from push" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from push" -l platform -d 'Fail if the image is for another platform' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from push" -s a -l all-tags -d 'Push every tag of the repository'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from push" -s q -l quiet -d 'Print the image\'s name only'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from push" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from rm" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from rm" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from rm" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from rm" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from rm" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from rm" -s f -l force -d 'Remove an image with several names, or one that stopped containers use'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from rm" -l no-prune -d 'Keep layers that nothing needs any more'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from remove" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from remove" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from remove" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from remove" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from remove" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from remove" -s f -l force -d 'Remove an image with several names, or one that stopped containers use'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from remove" -l no-prune -d 'Keep layers that nothing needs any more'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from save" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from save" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from save" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from save" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from save" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from save" -s o -l output -d 'Write to this file or directory instead of standard output' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from save" -l platform -d 'Fail if an image is for another platform' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from save" -l format -d 'What to write' -r -f -a "docker-archive\t'A tar archive for `docker load` and everything else'
oci-archive\t'A tar archive with an OCI image layout'
oci-dir\t'A directory with an OCI image layout'"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from save" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from tag" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from tag" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from tag" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from tag" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from tag" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from tag" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from tree" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from tree" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from tree" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from tree" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from tree" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from tree" -l whatrequires -d 'Show what other images have on top of its last layer'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from tree" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from unmount" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from unmount" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from unmount" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from unmount" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from unmount" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from unmount" -s a -l all -d 'All that are mounted'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from unmount" -s f -l force -d 'Also if a process is at work there: it keeps what it has open'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from unmount" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from umount" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from umount" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from umount" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from umount" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from umount" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from umount" -s a -l all -d 'All that are mounted'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from umount" -s f -l force -d 'Also if a process is at work there: it keeps what it has open'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from umount" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from untag" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from untag" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from untag" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from untag" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from untag" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand image; and __fish_seen_subcommand_from untag" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand history" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand history" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand history" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand history" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand history" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand history" -s H -l human -d 'Print sizes and times for people' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand history" -l platform -d 'Fail if the image is for another platform' -r
complete -c dhow -n "__fish_dhow_using_subcommand history" -l format -d 'json, a Go template, or table with a template' -r
complete -c dhow -n "__fish_dhow_using_subcommand history" -l no-trunc -d 'Print everything whole'
complete -c dhow -n "__fish_dhow_using_subcommand history" -s q -l quiet -d 'Print IDs only'
complete -c dhow -n "__fish_dhow_using_subcommand history" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand images" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand images" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand images" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand images" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand images" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand images" -s f -l filter -d 'Conditions: dangling=BOOL, label=KEY[=VALUE], before=IMAGE, since=IMAGE, reference=PATTERN' -r
complete -c dhow -n "__fish_dhow_using_subcommand images" -l format -d 'json, a Go template, or table with a template' -r
complete -c dhow -n "__fish_dhow_using_subcommand images" -s a -l all -d 'Also intermediate images (there are none)'
complete -c dhow -n "__fish_dhow_using_subcommand images" -l digests -d 'Show digests'
complete -c dhow -n "__fish_dhow_using_subcommand images" -l no-trunc -d 'Print whole IDs'
complete -c dhow -n "__fish_dhow_using_subcommand images" -s q -l quiet -d 'Print IDs only'
complete -c dhow -n "__fish_dhow_using_subcommand images" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand import" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand import" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand import" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand import" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand import" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand import" -s c -l change -d 'Apply a Dockerfile instruction: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR' -r
complete -c dhow -n "__fish_dhow_using_subcommand import" -s m -l message -d 'Comment in the image\'s history' -r
complete -c dhow -n "__fish_dhow_using_subcommand import" -l platform -d 'Platform of the image' -r
complete -c dhow -n "__fish_dhow_using_subcommand import" -s q -l quiet -d 'No progress on standard error'
complete -c dhow -n "__fish_dhow_using_subcommand import" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand load" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand load" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand load" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand load" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand load" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand load" -s i -l input -d 'Read from this archive or directory instead of standard input' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand load" -l platform -d 'Of an archive for several platforms, load this one' -r
complete -c dhow -n "__fish_dhow_using_subcommand load" -s q -l quiet -d 'Say nothing while loading'
complete -c dhow -n "__fish_dhow_using_subcommand load" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -f -a "connect" -d 'Connect a container to a network'
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -f -a "create" -d 'Make a network'
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -f -a "disconnect" -d 'Disconnect a container from a network'
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -f -a "exists" -d 'Tell by the exit code whether there is a network: 0 or 1'
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -f -a "inspect" -d 'Show all that is known of networks, as JSON'
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -f -a "ls" -d 'List networks'
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -f -a "list" -d 'List networks'
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -f -a "prune" -d 'Remove networks that nobody uses'
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -f -a "reload" -d 'Put the rules of all networks in force again'
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -f -a "rm" -d 'Remove networks'
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -f -a "remove" -d 'Remove networks'
complete -c dhow -n "__fish_dhow_using_subcommand network; and not __fish_seen_subcommand_from connect create disconnect exists inspect ls list prune reload rm remove update" -f -a "update" -d 'Change the name servers of a network; running containers notice'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from connect" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from connect" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from connect" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from connect" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from connect" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from connect" -l alias -d 'Another name of the container on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from connect" -l ip -d 'IPv4 address' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from connect" -l ip6 -d 'IPv6 address' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from connect" -l driver-opt -d 'Option of the container\'s place on the network, as com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.forwarding=0' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from connect" -l link-local-ip -d 'A further address that is good on the network\'s link alone' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from connect" -l link -d 'Another container\'s name for this one alone' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from connect" -l gw-priority -d 'Of the container\'s networks the one with the highest leads out' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from connect" -l mac-address -d 'Hardware address' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from connect" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -s d -l driver -d 'What makes the network: bridge, macvlan or ipvlan' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l subnet -d 'Addresses of the network; of several subnets of a family a container gets an address of the first that has one' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l gateway -d 'The host\'s address on the subnet' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l ip-range -d 'Of the subnet, what containers get their addresses from' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l aux-address -d 'An address that no container gets' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l ipv4 -d 'IPv4 addresses, of which there are some unless a subnet of IPv6 alone is given without --ipv6' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -s o -l opt -d 'Option of the network: mtu, metric, no_default_route; of a bridge icc, isolate, vlan, name; of macvlan and ipvlan parent, mode, vlan' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l label -d 'Set a label' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l ipam-driver -d 'Who gives addresses out: host-local (default), or none' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l dns -d 'Name server that is asked for names that nobody on the network has' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l route -d 'A route of the containers on the network' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l interface-name -d 'Name of the bridge, or of the parent' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l ipv6 -d 'Also IPv6 addresses'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l internal -d 'No way out of the network, and none in'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l attachable -d 'Containers may be attached by hand, as to every network here'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l disable-dns -d 'Containers don\'t resolve one another\'s names'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -l ignore -d 'No error if there is one of this name'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from disconnect" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from disconnect" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from disconnect" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from disconnect" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from disconnect" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from disconnect" -s f -l force -d 'No error if the container is gone'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from disconnect" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from exists" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from exists" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from exists" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from exists" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from exists" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from exists" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from inspect" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from inspect" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from inspect" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from inspect" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from inspect" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from inspect" -s f -l format -d 'json, or a Go template' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from ls" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from ls" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from ls" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from ls" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from ls" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from ls" -s f -l filter -d 'Conditions: driver, id, label, name, scope, type, dangling, until' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from ls" -l format -d 'json, a Go template, or table with a template' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from ls" -l no-trunc -d 'Print whole IDs'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print IDs only'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from list" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from list" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from list" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from list" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from list" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from list" -s f -l filter -d 'Conditions: driver, id, label, name, scope, type, dangling, until' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from list" -l format -d 'json, a Go template, or table with a template' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from list" -l no-trunc -d 'Print whole IDs'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print IDs only'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from prune" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from prune" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from prune" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from prune" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from prune" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from prune" -l filter -d 'Conditions: until=TIME, label=KEY[=VALUE], label!=KEY[=VALUE]' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from prune" -s f -l force -d 'Don\'t ask'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from reload" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from reload" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from reload" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from reload" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from reload" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from reload" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from rm" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from rm" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from rm" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from rm" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from rm" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from rm" -s f -l force -d 'No error if there is no such network'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from remove" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from remove" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from remove" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from remove" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from remove" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from remove" -s f -l force -d 'No error if there is no such network'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from update" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from update" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from update" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from update" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from update" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from update" -l dns-add -d 'Add a name server' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from update" -l dns-drop -d 'Remove a name server' -r
complete -c dhow -n "__fish_dhow_using_subcommand network; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand login" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand login" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand login" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand login" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
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
complete -c dhow -n "__fish_dhow_using_subcommand logout" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand logout" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand logout" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand logout" -l authfile -d 'The file that holds the credentials' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand logout" -s a -l all -d 'Forget the credentials of all registries'
complete -c dhow -n "__fish_dhow_using_subcommand logout" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand pull" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand pull" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand pull" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand pull" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand pull" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand pull" -l platform -d 'Of an image for several platforms, pull this one' -r
complete -c dhow -n "__fish_dhow_using_subcommand pull" -s a -l all-tags -d 'Pull every tag of the repository'
complete -c dhow -n "__fish_dhow_using_subcommand pull" -s q -l quiet -d 'Print the image\'s name only'
complete -c dhow -n "__fish_dhow_using_subcommand pull" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand push" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand push" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand push" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand push" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand push" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand push" -l platform -d 'Fail if the image is for another platform' -r
complete -c dhow -n "__fish_dhow_using_subcommand push" -s a -l all-tags -d 'Push every tag of the repository'
complete -c dhow -n "__fish_dhow_using_subcommand push" -s q -l quiet -d 'Print the image\'s name only'
complete -c dhow -n "__fish_dhow_using_subcommand push" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand rmi" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand rmi" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand rmi" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand rmi" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand rmi" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand rmi" -s f -l force -d 'Remove an image with several names, or one that stopped containers use'
complete -c dhow -n "__fish_dhow_using_subcommand rmi" -l no-prune -d 'Keep layers that nothing needs any more'
complete -c dhow -n "__fish_dhow_using_subcommand rmi" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand save" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand save" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand save" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand save" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand save" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand save" -s o -l output -d 'Write to this file or directory instead of standard output' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand save" -l platform -d 'Fail if an image is for another platform' -r
complete -c dhow -n "__fish_dhow_using_subcommand save" -l format -d 'What to write' -r -f -a "docker-archive\t'A tar archive for `docker load` and everything else'
oci-archive\t'A tar archive with an OCI image layout'
oci-dir\t'A directory with an OCI image layout'"
complete -c dhow -n "__fish_dhow_using_subcommand save" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhow -n "__fish_dhow_using_subcommand search" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand search" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand search" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand search" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand search" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand search" -s f -l filter -d 'Conditions: stars=NUMBER, is-official=BOOL, is-automated=BOOL' -r
complete -c dhow -n "__fish_dhow_using_subcommand search" -l limit -d 'At most so many results, 1 to 100' -r
complete -c dhow -n "__fish_dhow_using_subcommand search" -l format -d 'json, a Go template, or table with a template' -r
complete -c dhow -n "__fish_dhow_using_subcommand search" -l no-trunc -d 'Print descriptions whole'
complete -c dhow -n "__fish_dhow_using_subcommand search" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand serve" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand serve" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand serve" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand serve" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand serve" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand serve" -l group -d 'Group that may use the Unix sockets, by name or number' -r
complete -c dhow -n "__fish_dhow_using_subcommand serve" -l idle-exit -d 'End when nobody was connected for so long' -r
complete -c dhow -n "__fish_dhow_using_subcommand serve" -l tlscacert -d 'Certificate of the authority whose clients are let in' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand serve" -l tlscert -d 'The server\'s certificate' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand serve" -l tlskey -d 'Its key' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand serve" -l docker-sock -d 'Also listen at /var/run/docker.sock, where docker\'s clients look'
complete -c dhow -n "__fish_dhow_using_subcommand serve" -l read-only -d 'Refuse every call that changes something'
complete -c dhow -n "__fish_dhow_using_subcommand serve" -l tlsverify -d 'TCP with TLS: let in only who has a certificate of --tlscacert'
complete -c dhow -n "__fish_dhow_using_subcommand serve" -l insecure-tcp -d 'TCP without TLS, at addresses of the loopback interface only: every user of this machine who can connect is let in'
complete -c dhow -n "__fish_dhow_using_subcommand serve" -l install -d 'Write units of systemd that listen from the start of the machine on and start the server when somebody comes (as an ordinary user: of the user\'s own systemd)'
complete -c dhow -n "__fish_dhow_using_subcommand serve" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhow -n "__fish_dhow_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune reset" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune reset" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune reset" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune reset" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune reset" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune reset" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune reset" -f -a "check" -d 'Check that everything that is kept is whole, and mend it'
complete -c dhow -n "__fish_dhow_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune reset" -f -a "df" -d 'Show how much is kept, and how much of it nobody needs'
complete -c dhow -n "__fish_dhow_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune reset" -f -a "events" -d 'Show what happens to containers and images, as it happens'
complete -c dhow -n "__fish_dhow_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune reset" -f -a "info" -d 'Show what is there and what it runs on'
complete -c dhow -n "__fish_dhow_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune reset" -f -a "migrate" -d 'Bring what an older dhow has written to the form of this one'
complete -c dhow -n "__fish_dhow_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune reset" -f -a "prune" -d 'Remove what nobody uses: containers that have ended, networks, images'
complete -c dhow -n "__fish_dhow_using_subcommand system; and not __fish_seen_subcommand_from check df events info migrate prune reset" -f -a "reset" -d 'Remove everything: containers, images, networks and volumes'
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from check" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from check" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from check" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from check" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from check" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from check" -l format -d 'text or json' -r -f -a "text\t''
json\t''"
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from check" -s r -l repair -d 'Mend what can be mended: unpack layers anew, remove damaged blobs and what killed processes left'
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from check" -s q -l quick -d 'Look only whether everything is there: read no content of layers'
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from df" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from df" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from df" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from df" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from df" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from df" -l format -d 'json, a Go template, or table with a template' -r
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from df" -s v -l verbose -d 'Each image, container and volume'
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from df" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from events" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from events" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from events" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from events" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from events" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from events" -s f -l filter -d 'Only those that fit: container=, event=, image=, label=, type=' -r
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from events" -l format -d 'json, or a Go template' -r
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from events" -l since -d 'Begin with those of the past, from this time on' -r
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from events" -l until -d 'End at this time' -r
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from events" -l stream -d 'End after those of the past' -r -f -a "true\t''
false\t''"
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from events" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from info" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from info" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from info" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from info" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from info" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from info" -s f -l format -d 'json, or a Go template' -r
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from info" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from migrate" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from migrate" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from migrate" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from migrate" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from migrate" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from migrate" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from prune" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from prune" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from prune" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from prune" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from prune" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from prune" -l filter -d 'Conditions: until=TIME, label=KEY[=VALUE], label!=KEY[=VALUE]' -r
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from prune" -s a -l all -d 'Also images that have a name, if no container uses them'
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from prune" -l volumes -d 'Also volumes without a name that no container has'
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from prune" -s f -l force -d 'Don\'t ask'
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from reset" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from reset" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from reset" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from reset" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from reset" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from reset" -s f -l force -d 'Don\'t ask'
complete -c dhow -n "__fish_dhow_using_subcommand system; and __fish_seen_subcommand_from reset" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand tag" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand tag" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand tag" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand tag" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand tag" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand tag" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand untag" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand untag" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand untag" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand untag" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand untag" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand untag" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand info" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand info" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand info" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand info" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand info" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand info" -s f -l format -d 'json, or a Go template' -r
complete -c dhow -n "__fish_dhow_using_subcommand info" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand doctor" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand doctor" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand doctor" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand doctor" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand doctor" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand doctor" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand version" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand version" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand version" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand version" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand version" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand version" -s f -l format -d 'json, or a Go template' -r
complete -c dhow -n "__fish_dhow_using_subcommand version" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and not __fish_seen_subcommand_from create exists export import inspect ls list prune rm remove update" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and not __fish_seen_subcommand_from create exists export import inspect ls list prune rm remove update" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and not __fish_seen_subcommand_from create exists export import inspect ls list prune rm remove update" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and not __fish_seen_subcommand_from create exists export import inspect ls list prune rm remove update" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand volume; and not __fish_seen_subcommand_from create exists export import inspect ls list prune rm remove update" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and not __fish_seen_subcommand_from create exists export import inspect ls list prune rm remove update" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and not __fish_seen_subcommand_from create exists export import inspect ls list prune rm remove update" -f -a "create" -d 'Make a volume'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and not __fish_seen_subcommand_from create exists export import inspect ls list prune rm remove update" -f -a "exists" -d 'Tell by the exit code whether there is a volume: 0 or 1'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and not __fish_seen_subcommand_from create exists export import inspect ls list prune rm remove update" -f -a "export" -d 'Write the files of a volume to a tar archive'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and not __fish_seen_subcommand_from create exists export import inspect ls list prune rm remove update" -f -a "import" -d 'Put the files of a tar archive into a volume'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and not __fish_seen_subcommand_from create exists export import inspect ls list prune rm remove update" -f -a "inspect" -d 'Show all that is known of volumes, as JSON'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and not __fish_seen_subcommand_from create exists export import inspect ls list prune rm remove update" -f -a "ls" -d 'List volumes'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and not __fish_seen_subcommand_from create exists export import inspect ls list prune rm remove update" -f -a "list" -d 'List volumes'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and not __fish_seen_subcommand_from create exists export import inspect ls list prune rm remove update" -f -a "prune" -d 'Remove volumes without a name that no container has'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and not __fish_seen_subcommand_from create exists export import inspect ls list prune rm remove update" -f -a "rm" -d 'Remove volumes'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and not __fish_seen_subcommand_from create exists export import inspect ls list prune rm remove update" -f -a "remove" -d 'Remove volumes'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and not __fish_seen_subcommand_from create exists export import inspect ls list prune rm remove update" -f -a "update" -d 'Change the labels of a volume'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from create" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from create" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from create" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from create" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from create" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from create" -l name -d 'Name of the volume [default: a random one]' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from create" -s d -l driver -d 'Who makes it: local is the only one' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from create" -s o -l opt -d 'type, device and o, as mount(8) has them: what containers mount as the volume; size=SIZE: how much it may hold' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from create" -s l -l label -d 'Set a label' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from create" -l ignore -d 'No error if there is one of this name, whatever its options'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from exists" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from exists" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from exists" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from exists" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from exists" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from exists" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from export" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from export" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from export" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from export" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from export" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from export" -s o -l output -d 'File to write to instead of standard output' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from import" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from import" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from import" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from import" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from import" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from inspect" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from inspect" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from inspect" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from inspect" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from inspect" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from inspect" -s f -l format -d 'json, or a Go template' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from inspect" -s a -l all -d 'All volumes'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from ls" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from ls" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from ls" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from ls" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from ls" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from ls" -s f -l filter -d 'Conditions: name, label, label!, driver, dangling, scope, opt, until, since' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from ls" -l format -d 'json, a Go template, or table with a template' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from ls" -s q -l quiet -d 'Print names only'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from ls" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from list" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from list" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from list" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from list" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from list" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from list" -s f -l filter -d 'Conditions: name, label, label!, driver, dangling, scope, opt, until, since' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from list" -l format -d 'json, a Go template, or table with a template' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print names only'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from prune" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from prune" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from prune" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from prune" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from prune" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from prune" -l filter -d 'Conditions: label=KEY[=VALUE], label!=KEY[=VALUE], until=TIME, all=BOOL' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from prune" -s a -l all -d 'Also those that have a name'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from prune" -s f -l force -d 'Don\'t ask'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from prune" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from rm" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from rm" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from rm" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from rm" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from rm" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from rm" -s a -l all -d 'All volumes that no container has'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from rm" -s f -l force -d 'No error if there is no such volume'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from rm" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from remove" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from remove" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from remove" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from remove" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from remove" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from remove" -s a -l all -d 'All volumes that no container has'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from remove" -s f -l force -d 'No error if there is no such volume'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from remove" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from update" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from update" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from update" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from update" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from update" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from update" -l label-add -d 'Set a label' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from update" -l label-rm -d 'Take a label away' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from update" -l availability -d 'For volumes of a cluster, of which there are none here' -r
complete -c dhow -n "__fish_dhow_using_subcommand volume; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand completion" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand completion" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand completion" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand completion" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand completion" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand completion" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand hello" -l root -d 'Where images, layers, containers and volumes are kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand hello" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand hello" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand hello" -l cgroup-manager -d 'Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one' -r -f -a "cgroupfs\t''
systemd\t''"
complete -c dhow -n "__fish_dhow_using_subcommand hello" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand hello" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -l log -d 'Write errors to this file too' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -l log-format -d 'How errors are written' -r -f -a "text\t''
json\t''"
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -l root -d 'Where the state of containers is kept' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -l rootless -d 'Whether a container may go without a cgroup where none can be made: auto and true mean that it may unless limits are asked for' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -l cgroup-manager -d 'Who makes the cgroups, as crun is told' -r -f -a "cgroupfs\t''
systemd\t''
disabled\t'No cgroup is made'"
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -s v -l version -d 'Print the version'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -l debug -d 'Say more on standard error'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -l systemd-cgroup -d 'Have systemd make the cgroups'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -f -a "create" -d 'Make a container from a bundle; its program waits for `start`'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -f -a "delete" -d 'Remove a container that has ended'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -f -a "events" -d 'Print events or statistics of a container'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -f -a "exec" -d 'Run a further program in a container'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -f -a "features" -d 'Print what this runtime can do, as JSON'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -f -a "kill" -d 'Send a signal to a container\'s first process'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -f -a "list" -d 'List containers'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -f -a "pause" -d 'Stop all processes of a container for a while'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -f -a "ps" -d 'List the processes of a container'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -f -a "resume" -d 'Let the processes of a paused container go on'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -f -a "run" -d 'Make a container from a bundle and run its program'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -f -a "spec" -d 'Write a Spec to start a bundle with'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -f -a "start" -d 'Let the program of a created container run'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -f -a "state" -d 'Print the state of a container, as JSON'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and not __fish_seen_subcommand_from create delete events exec features kill list pause ps resume run spec start state update" -f -a "update" -d 'Change the limits of a container'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from create" -s b -l bundle -d 'The bundle\'s directory' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from create" -l console-socket -d 'A Unix socket that gets the master side of the program\'s terminal' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from create" -l pid-file -d 'Where the first process\'s pid is written' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from create" -l preserve-fds -d 'Give the program this many descriptors beyond the standard streams' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from create" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from create" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from create" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from create" -l no-pivot -d 'Change the root without pivot_root(2), for root file systems on the initial RAM disk'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from create" -l no-new-keyring -d 'Leave the caller\'s session keyring to the program'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from delete" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from delete" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from delete" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from delete" -s f -l force -d 'Kill it first if it runs; one that doesn\'t exist is no error'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from delete" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from events" -l interval -d 'How often statistics are printed' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from events" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from events" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from events" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from events" -l stats -d 'Print statistics once and return'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from events" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -l console-socket -d 'A Unix socket that gets the master side of the program\'s terminal' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -l cwd -d 'The working directory' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -s e -l env -d 'Set an environment variable' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -s u -l user -d 'Run as this user: UID[:GID]' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -s g -l additional-gids -d 'Add a group' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -s p -l process -d 'A process document with all of it' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -l pid-file -d 'Where the program\'s pid is written' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -l process-label -d 'The SELinux label of the program' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -l apparmor -d 'The AppArmor profile of the program' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -s c -l cap -d 'Add a capability' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -l preserve-fds -d 'Give the program this many descriptors beyond the standard streams' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -l cgroup -d 'Run in this cgroup below the container\'s: [CONTROLLER:]PATH' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -s t -l tty -d 'Give the program a terminal'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -s d -l detach -d 'Return as soon as the program runs'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -l no-new-privs -d 'Let the program gain no privileges'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -l ignore-paused -d 'Run in a paused container too'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from exec" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from features" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from features" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from features" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from features" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from kill" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from kill" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from kill" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from kill" -s a -l all -d 'Send it to all processes of the container'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from kill" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from list" -s f -l format -d 'table or json' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from list" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from list" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from list" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Print names only'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from pause" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from pause" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from pause" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from pause" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from ps" -s f -l format -d 'table or json' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from ps" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from ps" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from ps" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from ps" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from resume" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from resume" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from resume" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from resume" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from run" -s b -l bundle -d 'The bundle\'s directory' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from run" -l console-socket -d 'A Unix socket that gets the master side of the program\'s terminal' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from run" -l pid-file -d 'Where the first process\'s pid is written' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from run" -l preserve-fds -d 'Give the program this many descriptors beyond the standard streams' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from run" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from run" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from run" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from run" -l no-pivot -d 'Change the root without pivot_root(2), for root file systems on the initial RAM disk'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from run" -l no-new-keyring -d 'Leave the caller\'s session keyring to the program'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from run" -s d -l detach -d 'Return as soon as the program runs'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from run" -l keep -d 'Keep the container when its program has ended'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from run" -l no-subreaper -d 'Accepted for runc\'s callers: orphans are never ours to reap'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from run" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from spec" -s b -l bundle -d 'The bundle\'s directory' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from spec" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from spec" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from spec" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from spec" -l rootless -d 'For a container of an ordinary user'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from spec" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from start" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from start" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from start" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from start" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from state" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from state" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from state" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from state" -s h -l help -d 'Print help'
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -s r -l resources -d 'A file with the limits as in a Spec\'s linux.resources, - for standard input; all other options are ignored then' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l blkio-weight -d 'Weight of block I/O, 10 to 1000' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l cpu-period -d 'CFS period in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l cpu-quota -d 'CFS quota in microseconds, -1 for none' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l cpu-burst -d 'CFS burst in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l cpu-share -d 'CPU shares' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l cpu-rt-period -d 'Real-time period in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l cpu-rt-runtime -d 'Real-time run time in microseconds' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l cpu-idle -d 'Idle scheduling: 1 or 0' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l cpuset-cpus -d 'Processors to use: 0-2,5' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l cpuset-mems -d 'Memory nodes to use' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l memory -d 'Memory limit: 64m, -1 for none' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l memory-reservation -d 'Soft memory limit' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l memory-swap -d 'Memory and swap, -1 for no limit' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l pids-limit -d 'Number of processes' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l l3-cache-schema -d 'Level 3 cache, a line of resctrl\'s schemata: L3:0=ff' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l mem-bw-schema -d 'Memory bandwidth, a line of resctrl\'s schemata: MB:0=50' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l runroot -d 'Where run-time state is kept that need not survive a reboot' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l config-file -d 'Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml' -r -F
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -l log-level -d 'How much to say on standard error: error, warn, info, debug, trace' -r
complete -c dhow -n "__fish_dhow_using_subcommand oci; and __fish_seen_subcommand_from update" -s h -l help -d 'Print help'
