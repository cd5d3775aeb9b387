# Completion of hoptrace's command line in bash. The program's own help says which options there are
# and what they take, so that nothing here can be missing.

# The words that an option may be followed by: "(icmp, udp, tcp)" in its help, or a list of formats.
_hoptrace_words()
{
    local line=$1
    if [[ $line =~ \(([a-z][a-z0-9-]*(, [a-z][a-z0-9-]*)+)\) ]]; then
        printf '%s' "${BASH_REMATCH[1]//,/}"
    elif [[ $line == *" FORMAT "* ]]; then
        line=${line##* FORMAT }
        line=${line%%, default*}
        line=${line//,/}
        printf '%s' "${line// or / }"
    fi
}

# Fills COMPREPLY with what may follow the option of this line of the help; false: it takes nothing.
_hoptrace_value()
{
    local line=$1 current=$2
    [[ $line =~ ^\ +(-.,\ )?-[a-zA-Z0-9-]+\ ([A-Z][A-Z/]*)\  ]] || return
    case ${BASH_REMATCH[2]} in
    FILE)
        compopt -o filenames
        mapfile -t COMPREPLY < <(compgen -f -- "$current")
        ;;
    *)
        local words
        words=$(_hoptrace_words "$line")
        [[ $line == *--interface* ]] && words=$(ls /sys/class/net)
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        ;;
    esac
}

_hoptrace()
{
    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} help line
    COMPREPLY=()
    help=$("$1" --help 2>/dev/null) || return
    # "--output=json" is three words.
    [[ $current == = ]] && current=
    [[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD - 2]}
    if [[ $before =~ ^--?[A-Za-z0-9][A-Za-z0-9-]*$ ]]; then
        line=$(grep -E -m 1 -e "^ +(-., )?$before(,| )" <<<"$help")
        _hoptrace_value "$line" "$current" && return
    fi
    if [[ $current == -* ]]; then
        local options
        options=$(sed -n -E 's/^ +((-[A-Za-z0-9]),? )? *((--[a-z-]+) )?.*/\2 \4/p' <<<"$help")
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    else
        mapfile -t COMPREPLY < <(compgen -A hostname -- "$current")
    fi
}

complete -F _hoptrace hoptrace
