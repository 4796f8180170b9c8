/** Shells that words can be completed in. */
export const shells = ['bash', 'zsh', 'fish'] as const

export type Shell = (typeof shells)[number]

/** Each asks `lokstra complete` for the words, so that they are those of the version that is installed. */
export const scripts: Readonly<Record<Shell, string>> = {
  bash: `# Completion of lokstra in bash: source <(lokstra completion bash)
_lokstra() {
  local words
  # Colons and equals signs are parts of words here, which bash takes apart by itself.
  local line="\${COMP_LINE:0:COMP_POINT}"
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  local current="\${words[-1]}"
  mapfile -t COMPREPLY < <("\${words[0]}" complete -- "\${words[@]:1}" 2>/dev/null)
  local prefix="\${current%"\${current##*[:=]}"}"
  if [[ -n "$prefix" ]]; then COMPREPLY=("\${COMPREPLY[@]#"$prefix"}"); fi
  if [[ "\${#COMPREPLY[@]}" -eq 1 && "\${COMPREPLY[0]}" == *= ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o default -F _lokstra lokstra
`,
  zsh: `#compdef lokstra
# Completion of lokstra in zsh: source <(lokstra completion zsh)
_lokstra() {
  local -a candidates open
  candidates=("\${(@f)$("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -z "\${candidates[1]}" ]]; then _files; return; fi
  # A value follows at once.
  open=("\${(@M)candidates:#*=}")
  candidates=("\${(@)candidates:#*=}")
  compadd -S '' -a open
  compadd -a candidates
}
# In a file of fpath this is the function itself; elsewhere it says what the function is for.
if [[ "\${funcstack[1]}" == _lokstra ]]; then
  _lokstra "$@"
else
  (( \${+functions[compdef]} )) || { autoload -Uz compinit && compinit }
  compdef _lokstra lokstra
fi
`,
  fish: `# Completion of lokstra in fish: lokstra completion fish | source
function __lokstra_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l candidates ($words[1] complete -- $words[2..-1] 2>/dev/null)
  if test (count $candidates) -gt 0
    printf '%s\\n' $candidates
  else
    __fish_complete_path $words[-1]
  end
end
complete -c lokstra -f -a '(__lokstra_complete)'
`,
}
