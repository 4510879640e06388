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
        esac
    ;;
esac
}

(( $+functions[_dhow_commands] )) ||
_dhow_commands() {
    local commands; commands=(
'login:Log in to a registry' \
'logout:Log out from a registry' \
'version:Print the version' \
'completion:Print the completion script of a shell' \
    )
    _describe -t commands 'dhow commands' commands "$@"
}
(( $+functions[_dhow__subcmd__completion_commands] )) ||
_dhow__subcmd__completion_commands() {
    local commands; commands=()
    _describe -t commands 'dhow completion commands' commands "$@"
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
