# Completion of desk for bash: asks desk itself what could come next.
_clap_complete_desk() {
    # bash breaks words at colons and equals signs, desk at white space alone: what stands together
    # in the line is put together again.
    local rest=$COMP_LINE words=() current=0 typed i word
    for ((i = 0; i < ${#COMP_WORDS[@]}; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $i -eq 0 || $rest == [[:space:]]* ]]; then
            rest=${rest#"${rest%%[![:space:]]*}"}
            words+=("")
        fi
        rest=${rest#"$word"}
        if [[ $i -eq $COMP_CWORD ]]; then
            # Up to the cursor; behind a colon that is nothing, and the colon is the word.
            [[ -n $2 ]] && word=$2
            current=$((${#words[@]} - 1))
            typed=${words[current]}$word
            words[current]=$typed
        elif [[ $i -lt $COMP_CWORD || ${#words[@]} -gt $((current + 1)) ]]; then
            words[${#words[@]} - 1]+=$word
        fi
    done
    local IFS=$'\013'
    COMPREPLY=($(
        _CLAP_IFS="$IFS" \
        _CLAP_COMPLETE_INDEX="$current" \
        _CLAP_COMPLETE_COMP_TYPE="$COMP_TYPE" \
        _CLAP_COMPLETE_SPACE=true \
        DESK_COMPLETE=bash \
        desk -- "${words[@]}"
    ))
    if [[ $? != 0 ]]; then
        unset COMPREPLY
        return
    fi
    # bash puts a candidate in place of what stands behind the last break.
    local before=${typed%"$2"}
    COMPREPLY=("${COMPREPLY[@]#"$before"}")
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[=/:] ]]; then
        compopt -o nospace 2> /dev/null
    fi
    return 0
}
complete -o bashdefault -o nosort -F _clap_complete_desk desk 2> /dev/null ||
    complete -o bashdefault -F _clap_complete_desk desk
