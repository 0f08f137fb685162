// Characters of scripts beyond ASCII; no private ones, no half ones.
const beyond = '\\u00a1-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\uffef';
const atom = new RegExp(`^[\\w!#$%&'*+\\-/=?^\`{|}~${beyond}]+$`);
const label = new RegExp(`^(?!-)[a-z\\d\\-\\u00a1-\\uffff]{1,63}(?<!-)$`, 'i');
const topLabel = new RegExp(`^(?:[a-z${beyond}]{2,}|xn[a-z\\d-]{2,})$`, 'i');
const fullWidth = /[\uff01-\uff5e]/;

const limits = { local: 64, domain: 254 };

/** Whether text is an address that mail can be sent to: dot-atoms at a name with at least two labels (RFC 5321, RFC 6531). */
export const isEmail = (text: string): boolean => {
  const at = text.lastIndexOf('@');
  const [local, domain] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
  if (Buffer.byteLength(local) > limits.local || Buffer.byteLength(domain) > limits.domain) return false;
  const labels = domain.split('.');
  return (
    local.split('.').every((part) => atom.test(part)) &&
    labels.length > 1 &&
    topLabel.test(labels.at(-1) ?? '') &&
    labels.every((part) => label.test(part) && !fullWidth.test(part))
  );
};
