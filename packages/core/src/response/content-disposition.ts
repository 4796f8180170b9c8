/**
 * `attachment` under a name that no client can take for a path or a further parameter: an ASCII form, and the name itself
 * percent-encoded where the two differ. RFC 6266 §4.3, RFC 8187.
 */
export function attachment(name: string): string {
  // Through bytes: half of a surrogate pair cannot be percent-encoded, and becomes U+FFFD.
  const wellFormed = Buffer.from(name).toString()
  // eslint-disable-next-line no-control-regex -- control characters are what must not get through
  const base = wellFormed.replace(/^.*[\\/]/s, '').replace(/[\u0000-\u001f\u007f]/g, '') || 'download'
  const ascii = base.replace(/[^\u0020-\u007e]/g, '_').replace(/["%]/g, '_')
  const plain = `attachment; filename="${ascii}"`
  if (ascii === base) return plain
  const encoded = encodeURIComponent(base).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${plain}; filename*=UTF-8''${encoded}`
}
