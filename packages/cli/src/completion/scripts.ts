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
  local -a candidates
  candidates=("\${(@f)$("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${candidates[1]}" ]]; then compadd -a candidates; else _files; fi
}
compdef _lokstra lokstra
`,
  fish: `# Completion of lokstra in fish: lokstra completion fish | source
function __lokstra_complete
  set -l words (commandline -opc) (commandline -ct)
  $words[1] complete -- $words[2..-1] 2>/dev/null
end
complete -c lokstra -a '(__lokstra_complete)'
`,
}
