#compdef dhow

autoload -U is-at-least

_dhow() {
    typeset -A opt_args
    typeset -a _arguments_options
    local ret=1

    if is-at-least 5.2; then
        _arguments_options=(-s -S -C)
    else
        _arguments_options=(-s -C)
    fi

    local context curcontext="$curcontext" state line
    _arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-v[Print the version]' \
'--version[Print the version]' \
'-h[Print help]' \
'--help[Print help]' \
":: :_dhow_commands" \
"*::: :->dhow" \
&& ret=0
    case $state in
    (dhow)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:dhow-command-$line[1]:"
        case $line[1] in
            (image)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
":: :_dhow__subcmd__image_commands" \
"*::: :->image" \
&& ret=0

    case $state in
    (image)
        words=($line[1] "${words[@]}")
        (( CURRENT += 1 ))
        curcontext="${curcontext%:*:*}:dhow-image-command-$line[1]:"
        case $line[1] in
            (exists)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':image:_default' \
&& ret=0
;;
(history)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-H+[Print sizes and times for people]::HUMAN:(true false)' \
'--human=[Print sizes and times for people]::HUMAN:(true false)' \
'--no-trunc[Print everything whole]' \
'-q[Print IDs only]' \
'--quiet[Print IDs only]' \
'-h[Print help]' \
'--help[Print help]' \
':image:_default' \
&& ret=0
;;
(import)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-c+[Apply a Dockerfile instruction\: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR]:INSTRUCTION:_default' \
'*--change=[Apply a Dockerfile instruction\: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR]:INSTRUCTION:_default' \
'-m+[Comment in the image'\''s history]:MESSAGE:_default' \
'--message=[Comment in the image'\''s history]:MESSAGE:_default' \
'--platform=[Platform of the image]:OS/ARCH[/VARIANT]:_default' \
'-h[Print help]' \
'--help[Print help]' \
':source -- The archive, or - for standard input:_default' \
'::name:_default' \
&& ret=0
;;
(inspect)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
'*::images:_default' \
&& ret=0
;;
(load)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-i+[Read from this archive or directory instead of standard input]:PATH:_files' \
'--input=[Read from this archive or directory instead of standard input]:PATH:_files' \
'--platform=[Of an archive for several platforms, load this one]:OS/ARCH[/VARIANT]:_default' \
'-q[Say nothing while loading]' \
'--quiet[Say nothing while loading]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(ls)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-f+[Conditions\: dangling=BOOL, label=KEY\[=VALUE\], before=IMAGE, since=IMAGE, reference=PATTERN]:FILTER:_default' \
'*--filter=[Conditions\: dangling=BOOL, label=KEY\[=VALUE\], before=IMAGE, since=IMAGE, reference=PATTERN]:FILTER:_default' \
'-a[Also intermediate images (there are none)]' \
'--all[Also intermediate images (there are none)]' \
'--digests[Show digests]' \
'--no-trunc[Print whole IDs]' \
'-q[Print IDs only]' \
'--quiet[Print IDs only]' \
'-h[Print help]' \
'--help[Print help]' \
'::reference -- Only this repository, or this pattern:_default' \
&& ret=0
;;
(list)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-f+[Conditions\: dangling=BOOL, label=KEY\[=VALUE\], before=IMAGE, since=IMAGE, reference=PATTERN]:FILTER:_default' \
'*--filter=[Conditions\: dangling=BOOL, label=KEY\[=VALUE\], before=IMAGE, since=IMAGE, reference=PATTERN]:FILTER:_default' \
'-a[Also intermediate images (there are none)]' \
'--all[Also intermediate images (there are none)]' \
'--digests[Show digests]' \
'--no-trunc[Print whole IDs]' \
'-q[Print IDs only]' \
'--quiet[Print IDs only]' \
'-h[Print help]' \
'--help[Print help]' \
'::reference -- Only this repository, or this pattern:_default' \
&& ret=0
;;
(prune)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*--filter=[Conditions\: until=TIME, label=KEY\[=VALUE\], label!=KEY\[=VALUE\]]:FILTER:_default' \
'-a[Also images that have a name, if no container uses them]' \
'--all[Also images that have a name, if no container uses them]' \
'-f[Don'\''t ask]' \
'--force[Don'\''t ask]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(pull)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--platform=[Of an image for several platforms, pull this one]:OS/ARCH[/VARIANT]:_default' \
'-a[Pull every tag of the repository]' \
'--all-tags[Pull every tag of the repository]' \
'-q[Print the image'\''s name only]' \
'--quiet[Print the image'\''s name only]' \
'-h[Print help]' \
'--help[Print help]' \
':name:_default' \
&& ret=0
;;
(rm)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f[Remove an image with several names, or one that stopped containers use]' \
'--force[Remove an image with several names, or one that stopped containers use]' \
'--no-prune[Keep layers that nothing needs any more]' \
'-h[Print help]' \
'--help[Print help]' \
'*::images:_default' \
&& ret=0
;;
(remove)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f[Remove an image with several names, or one that stopped containers use]' \
'--force[Remove an image with several names, or one that stopped containers use]' \
'--no-prune[Keep layers that nothing needs any more]' \
'-h[Print help]' \
'--help[Print help]' \
'*::images:_default' \
&& ret=0
;;
(save)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-o+[Write to this file or directory instead of standard output]:PATH:_files' \
'--output=[Write to this file or directory instead of standard output]:PATH:_files' \
'--format=[What to write]:FORMAT:((docker-archive\:"A tar archive for \`docker load\` and everything else"
oci-archive\:"A tar archive with an OCI image layout"
oci-dir\:"A directory with an OCI image layout"))' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::images:_default' \
&& ret=0
;;
(tag)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':source:_default' \
'*::targets:_default' \
&& ret=0
;;
(untag)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':image:_default' \
'*::names -- Names to take; without any, all of them:_default' \
&& ret=0
;;
        esac
    ;;
esac
;;
(history)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-H+[Print sizes and times for people]::HUMAN:(true false)' \
'--human=[Print sizes and times for people]::HUMAN:(true false)' \
'--no-trunc[Print everything whole]' \
'-q[Print IDs only]' \
'--quiet[Print IDs only]' \
'-h[Print help]' \
'--help[Print help]' \
':image:_default' \
&& ret=0
;;
(images)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-f+[Conditions\: dangling=BOOL, label=KEY\[=VALUE\], before=IMAGE, since=IMAGE, reference=PATTERN]:FILTER:_default' \
'*--filter=[Conditions\: dangling=BOOL, label=KEY\[=VALUE\], before=IMAGE, since=IMAGE, reference=PATTERN]:FILTER:_default' \
'-a[Also intermediate images (there are none)]' \
'--all[Also intermediate images (there are none)]' \
'--digests[Show digests]' \
'--no-trunc[Print whole IDs]' \
'-q[Print IDs only]' \
'--quiet[Print IDs only]' \
'-h[Print help]' \
'--help[Print help]' \
'::reference -- Only this repository, or this pattern:_default' \
&& ret=0
;;
(import)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'*-c+[Apply a Dockerfile instruction\: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR]:INSTRUCTION:_default' \
'*--change=[Apply a Dockerfile instruction\: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR]:INSTRUCTION:_default' \
'-m+[Comment in the image'\''s history]:MESSAGE:_default' \
'--message=[Comment in the image'\''s history]:MESSAGE:_default' \
'--platform=[Platform of the image]:OS/ARCH[/VARIANT]:_default' \
'-h[Print help]' \
'--help[Print help]' \
':source -- The archive, or - for standard input:_default' \
'::name:_default' \
&& ret=0
;;
(load)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-i+[Read from this archive or directory instead of standard input]:PATH:_files' \
'--input=[Read from this archive or directory instead of standard input]:PATH:_files' \
'--platform=[Of an archive for several platforms, load this one]:OS/ARCH[/VARIANT]:_default' \
'-q[Say nothing while loading]' \
'--quiet[Say nothing while loading]' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(login)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-u+[User name]:USERNAME:_default' \
'--username=[User name]:USERNAME:_default' \
'(--password-stdin)-p+[Password; other users of this machine can see it on the command line]:PASSWORD:_default' \
'(--password-stdin)--password=[Password; other users of this machine can see it on the command line]:PASSWORD:_default' \
'--authfile=[Keep the credentials in this file]:PATH:_files' \
'--password-stdin[Take the password from standard input]' \
'(-u --username -p --password --password-stdin)--get-login[Print the user name that is logged in, and do nothing else]' \
'-v[Say where the credentials are stored]' \
'--verbose[Say where the credentials are stored]' \
'-h[Print help]' \
'--help[Print help]' \
'::registry -- The registry, HOST\[\:PORT\] (default docker.io):_default' \
&& ret=0
;;
(logout)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--authfile=[The file that holds the credentials]:PATH:_files' \
'()-a[Forget the credentials of all registries]' \
'()--all[Forget the credentials of all registries]' \
'-h[Print help]' \
'--help[Print help]' \
'::registry -- The registry, HOST\[\:PORT\] (default docker.io):_default' \
&& ret=0
;;
(pull)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'--platform=[Of an image for several platforms, pull this one]:OS/ARCH[/VARIANT]:_default' \
'-a[Pull every tag of the repository]' \
'--all-tags[Pull every tag of the repository]' \
'-q[Print the image'\''s name only]' \
'--quiet[Print the image'\''s name only]' \
'-h[Print help]' \
'--help[Print help]' \
':name:_default' \
&& ret=0
;;
(rmi)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-f[Remove an image with several names, or one that stopped containers use]' \
'--force[Remove an image with several names, or one that stopped containers use]' \
'--no-prune[Keep layers that nothing needs any more]' \
'-h[Print help]' \
'--help[Print help]' \
'*::images:_default' \
&& ret=0
;;
(save)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-o+[Write to this file or directory instead of standard output]:PATH:_files' \
'--output=[Write to this file or directory instead of standard output]:PATH:_files' \
'--format=[What to write]:FORMAT:((docker-archive\:"A tar archive for \`docker load\` and everything else"
oci-archive\:"A tar archive with an OCI image layout"
oci-dir\:"A directory with an OCI image layout"))' \
'-h[Print help (see more with '\''--help'\'')]' \
'--help[Print help (see more with '\''--help'\'')]' \
'*::images:_default' \
&& ret=0
;;
(tag)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':source:_default' \
'*::targets:_default' \
&& ret=0
;;
(untag)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':image:_default' \
'*::names -- Names to take; without any, all of them:_default' \
&& ret=0
;;
(version)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
(completion)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
':shell:(bash zsh fish)' \
&& ret=0
;;
(hello)
_arguments "${_arguments_options[@]}" : \
'--root=[Where images, layers, containers and volumes are kept]:DIR:_files' \
'--runroot=[Where run-time state is kept that need not survive a reboot]:DIR:_files' \
'--log-level=[How much to say on standard error\: error, warn, info, debug, trace]:LEVEL:_default' \
'-h[Print help]' \
'--help[Print help]' \
&& ret=0
;;
        esac
    ;;
esac
}

(( $+functions[_dhow_commands] )) ||
_dhow_commands() {
    local commands; commands=(
'image:Manage images' \
'history:Show how an image came to be' \
'images:List images' \
'import:Make an image of a root file system in a tar archive' \
'load:Load images from an archive or an OCI directory' \
'login:Log in to a registry' \
'logout:Log out from a registry' \
'pull:Pull an image from a registry' \
'rmi:Remove images' \
'save:Save images to an archive or an OCI directory' \
'tag:Give an image another name' \
'untag:Take names from an image; the image stays' \
'version:Print the version' \
'completion:Print the completion script of a shell' \
'hello:Tell what isolates this process' \
    )
    _describe -t commands 'dhow commands' commands "$@"
}
(( $+functions[_dhow__subcmd__completion_commands] )) ||
_dhow__subcmd__completion_commands() {
    local commands; commands=()
    _describe -t commands 'dhow completion commands' commands "$@"
}
(( $+functions[_dhow__subcmd__hello_commands] )) ||
_dhow__subcmd__hello_commands() {
    local commands; commands=()
    _describe -t commands 'dhow hello commands' commands "$@"
}
(( $+functions[_dhow__subcmd__history_commands] )) ||
_dhow__subcmd__history_commands() {
    local commands; commands=()
    _describe -t commands 'dhow history commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image_commands] )) ||
_dhow__subcmd__image_commands() {
    local commands; commands=(
'exists:Tell by the exit code whether an image is in the store\: 0 or 1' \
'history:Show how an image came to be' \
'import:Make an image of a root file system in a tar archive' \
'inspect:Show all that is known of images, as JSON' \
'load:Load images from an archive or an OCI directory' \
'ls:List images' \
'list:List images' \
'prune:Remove images that nobody uses' \
'pull:Pull an image from a registry' \
'rm:Remove images' \
'remove:Remove images' \
'save:Save images to an archive or an OCI directory' \
'tag:Give an image another name' \
'untag:Take names from an image; the image stays' \
    )
    _describe -t commands 'dhow image commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__exists_commands] )) ||
_dhow__subcmd__image__subcmd__exists_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image exists commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__history_commands] )) ||
_dhow__subcmd__image__subcmd__history_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image history commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__import_commands] )) ||
_dhow__subcmd__image__subcmd__import_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image import commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__inspect_commands] )) ||
_dhow__subcmd__image__subcmd__inspect_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image inspect commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__load_commands] )) ||
_dhow__subcmd__image__subcmd__load_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image load commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__ls_commands] )) ||
_dhow__subcmd__image__subcmd__ls_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image ls commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__prune_commands] )) ||
_dhow__subcmd__image__subcmd__prune_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image prune commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__pull_commands] )) ||
_dhow__subcmd__image__subcmd__pull_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image pull commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__rm_commands] )) ||
_dhow__subcmd__image__subcmd__rm_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image rm commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__save_commands] )) ||
_dhow__subcmd__image__subcmd__save_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image save commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__tag_commands] )) ||
_dhow__subcmd__image__subcmd__tag_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image tag commands' commands "$@"
}
(( $+functions[_dhow__subcmd__image__subcmd__untag_commands] )) ||
_dhow__subcmd__image__subcmd__untag_commands() {
    local commands; commands=()
    _describe -t commands 'dhow image untag commands' commands "$@"
}
(( $+functions[_dhow__subcmd__images_commands] )) ||
_dhow__subcmd__images_commands() {
    local commands; commands=()
    _describe -t commands 'dhow images commands' commands "$@"
}
(( $+functions[_dhow__subcmd__import_commands] )) ||
_dhow__subcmd__import_commands() {
    local commands; commands=()
    _describe -t commands 'dhow import commands' commands "$@"
}
(( $+functions[_dhow__subcmd__load_commands] )) ||
_dhow__subcmd__load_commands() {
    local commands; commands=()
    _describe -t commands 'dhow load commands' commands "$@"
}
(( $+functions[_dhow__subcmd__login_commands] )) ||
_dhow__subcmd__login_commands() {
    local commands; commands=()
    _describe -t commands 'dhow login commands' commands "$@"
}
(( $+functions[_dhow__subcmd__logout_commands] )) ||
_dhow__subcmd__logout_commands() {
    local commands; commands=()
    _describe -t commands 'dhow logout commands' commands "$@"
}
(( $+functions[_dhow__subcmd__pull_commands] )) ||
_dhow__subcmd__pull_commands() {
    local commands; commands=()
    _describe -t commands 'dhow pull commands' commands "$@"
}
(( $+functions[_dhow__subcmd__rmi_commands] )) ||
_dhow__subcmd__rmi_commands() {
    local commands; commands=()
    _describe -t commands 'dhow rmi commands' commands "$@"
}
(( $+functions[_dhow__subcmd__save_commands] )) ||
_dhow__subcmd__save_commands() {
    local commands; commands=()
    _describe -t commands 'dhow save commands' commands "$@"
}
(( $+functions[_dhow__subcmd__tag_commands] )) ||
_dhow__subcmd__tag_commands() {
    local commands; commands=()
    _describe -t commands 'dhow tag commands' commands "$@"
}
(( $+functions[_dhow__subcmd__untag_commands] )) ||
_dhow__subcmd__untag_commands() {
    local commands; commands=()
    _describe -t commands 'dhow untag commands' commands "$@"
}
(( $+functions[_dhow__subcmd__version_commands] )) ||
_dhow__subcmd__version_commands() {
    local commands; commands=()
    _describe -t commands 'dhow version commands' commands "$@"
}

if [ "$funcstack[1]" = "_dhow" ]; then
    _dhow "$@"
else
    compdef _dhow dhow
fi
