
set edit:completion:arg-completer[desk] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) DESK_COMPLETE="elvish" desk -- $@words) | to-lines
}

