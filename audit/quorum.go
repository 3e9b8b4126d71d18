package audit

import (
	"fmt"
	"strconv"
	"strings"
)

// maxNames bounds the witnesses and groups of a policy.
const maxNames = 128

// quorum says which witnesses are enough (C2SP tlog-policy): at least k of the
// members, each a witness or a quorum itself. The zero quorum asks for nobody.
type quorum struct {
	k       int
	witness *witnessKey // a leaf
	members []quorum
}

// met reports whether those who cosigned are enough.
func (q quorum) met(signed map[*witnessKey]bool) bool {
	if q.witness != nil {
		return signed[q.witness]
	}
	n := 0
	for _, m := range q.members {
		if m.met(signed) {
			n++
		}
	}
	return n >= q.k
}

// ParsePolicy reads a policy in the format of C2SP tlog-policy: logs, whose key names
// are their origins, witnesses, groups of them, and the quorum that has to cosign.
func ParsePolicy(text []byte) (*Policy, error) {
	const maxPolicy = 64 << 10
	if len(text) > maxPolicy {
		return nil, fmt.Errorf("%w: policy of %d bytes, at most %d", ErrSize, len(text), maxPolicy)
	}
	r := policyReader{policy: &Policy{}, names: map[string]*quorum{"none": {}}, used: map[string]bool{}, keys: map[string]bool{}}
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		if err := r.line(line, i == len(lines)-1); err != nil {
			return nil, fmt.Errorf("%w: policy line %d: %w", ErrKey, i+1, err)
		}
	}
	switch {
	case !r.done:
		return nil, fmt.Errorf("%w: policy without a quorum line", ErrKey)
	case len(r.policy.logs) == 0:
		return nil, fmt.Errorf("%w: policy without a log", ErrKey)
	}
	return r.policy, nil
}

type policyReader struct {
	policy *Policy
	names  map[string]*quorum
	used   map[string]bool // members of groups
	keys   map[string]bool // public keys, whatever their names
	done   bool            // the quorum line was read
}

func (r *policyReader) line(line string, last bool) error {
	if i := strings.IndexFunc(line, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }); i >= 0 {
		return fmt.Errorf("control character at %d", i)
	}
	words := strings.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == '\t' })
	switch {
	case len(words) == 0 || strings.HasPrefix(words[0], "#"):
		return nil
	case last:
		return fmt.Errorf("%.40q does not end in a new line", line)
	}
	args := words[1:]
	switch words[0] {
	case "log":
		return r.log(args)
	case "witness":
		return r.witness(args)
	case "group":
		return r.group(args)
	case "quorum":
		return r.quorum(args)
	}
	return fmt.Errorf("unknown word %.40q", words[0])
}

func (r *policyReader) log(args []string) error {
	if len(args) < 1 || len(args) > 2 {
		return fmt.Errorf("want log, a key and perhaps a URL")
	}
	v, err := parseVerifierKey(args[0])
	if err != nil {
		return err
	}
	r.policy.logs = append(r.policy.logs, logKey{v.Name(), v})
	return r.key(args[0])
}

// key refuses a public key that is there twice, under whatever name.
func (r *policyReader) key(vkey string) error {
	_, rest, _ := strings.Cut(vkey, "+")
	_, raw, _ := strings.Cut(rest, "+")
	if r.keys[raw] {
		return fmt.Errorf("key %.80q is there twice", vkey)
	}
	r.keys[raw] = true
	return nil
}

func (r *policyReader) witness(args []string) error {
	if len(args) < 2 || len(args) > 3 {
		return fmt.Errorf("want witness, a name, a key and perhaps a URL")
	}
	w, err := parseWitnessKey(args[1])
	if err != nil {
		return err
	}
	r.policy.witnesses = append(r.policy.witnesses, w)
	if err := r.key(args[1]); err != nil {
		return err
	}
	return r.define(args[0], &quorum{k: 1, witness: w})
}

func (r *policyReader) define(name string, q *quorum) error {
	if r.names[name] != nil {
		return fmt.Errorf("%.80q is defined twice", name)
	}
	if len(r.names) > maxNames {
		return fmt.Errorf("more than %d names", maxNames)
	}
	r.names[name] = q
	return nil
}

func (r *policyReader) group(args []string) error {
	if len(args) < 3 {
		return fmt.Errorf("want group, a name, how many, and members")
	}
	q := &quorum{}
	for _, name := range args[2:] {
		m := r.names[name]
		if m == nil || name == "none" || r.used[name] {
			return fmt.Errorf("member %.80q is not defined above, or is a member already", name)
		}
		r.used[name] = true
		q.members = append(q.members, *m)
	}
	switch n := len(q.members); args[1] {
	case "any":
		q.k = 1
	case "all":
		q.k = n
	default:
		k, err := strconv.Atoi(args[1])
		if err != nil || k < 1 || k > n || strconv.Itoa(k) != args[1] {
			return fmt.Errorf("%.20q of %d members", args[1], n)
		}
		q.k = k
	}
	return r.define(args[0], q)
}

func (r *policyReader) quorum(args []string) error {
	if len(args) != 1 || r.done {
		return fmt.Errorf("want quorum and a name, once")
	}
	q := r.names[args[0]]
	if q == nil {
		return fmt.Errorf("%.80q is not defined above", args[0])
	}
	r.policy.quorum, r.done = *q, true
	return nil
}
