package delegation

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/jose"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
	"github.com/taperid/taper/vc"
)

// MaxLinkBytes is the largest link, as it stands in a chain.
const MaxLinkBytes = vc.MaxBytes

// contextTaper is the second context of every link.
const contextTaper = "https://w3id.org/taper/v1"

// Task says what a chain of links is for. Every link of a chain has the same id.
type Task struct {
	ID      string `json:"id"`                // required
	Purpose string `json:"purpose,omitempty"` // of the whole task
	Step    string `json:"step,omitempty"`    // of this link
}

// Agent says what kind of agent a link is issued to. It is what the issuer claims.
type Agent struct {
	Kind     string `json:"kind,omitempty"`
	Instance string `json:"instance,omitempty"`
	Manifest string `json:"manifest,omitempty"` // digest of an agent manifest
}

// link is one task credential whose form was checked (rules 1 and 2) and nothing
// else, unless it hangs on a kept node.
type link struct {
	raw    string // exact secured bytes
	digest string // of raw
	bucket string // digest of what was signed; budgets are kept under it. Of links with limits alone
	secured

	id          string
	issuer      did.DID
	issuerKey   did.Key // zero where the issuer is no did:key
	subject     did.DID
	subjectKey  did.Key
	from, until time.Time
	agent       Agent
	task        Task
	authority   *authority

	parent    *parentRef
	parentErr error // rule 6 reports it
	status    []vc.StatusEntry
	statusErr error // rule 12 reports it
}

// parentRef names a parent by its id and by the digest of its exact bytes.
type parentRef struct{ id, digest string }

// ruleError is an error that knows which rule it is of.
type ruleError struct {
	rule Rule
	err  error
}

// parseLink checks the form of one link, all but prove. digest is that of raw, or
// empty. parent is the link before it, as far as that could be read; the first has
// none, and its issuer may be any DID.
func parseLink(raw, digest string, first bool, parent *link) (*link, *ruleError) {
	if len(raw) > MaxLinkBytes {
		return nil, &ruleError{ErrChain, fmt.Errorf("%d bytes, at most %d", len(raw), MaxLinkBytes)}
	}
	l := new(link)
	if parent != nil {
		l.issuer, l.issuerKey = parent.subject, parent.subjectKey
	}
	payload, err := l.open(raw, digest)
	if err == nil {
		err = l.readPayload(payload)
	}
	if err == nil {
		err = l.check(first)
	}
	switch {
	case err == nil:
		if len(l.authority.limits) > 0 {
			l.bucket = multikey.Digest(l.signedContent())
		}
		return l, nil
	case errors.Is(err, strictjson.ErrDepth) || !isDocument(raw) && jose.TooDeep(raw):
		return nil, &ruleError{ErrChain, fmt.Errorf("nested too deeply: %w", err)}
	}
	return nil, &ruleError{ErrLink, err}
}

func (l *link) readPayload(payload []byte) error {
	var seen names
	err := strictjson.Read(payload, len(payload), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error {
			seen.add(name)
			return l.readMember(r, name)
		})
	})
	if err != nil {
		return err
	}
	return seen.require("@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject")
}

func (l *link) readMember(r *strictjson.Reader, name string) (err error) {
	switch name {
	case "@context":
		err = readPair(r, name, vc.ContextV2, contextTaper, false)
	case "id":
		l.id, err = readURI(r, name)
	case "type":
		err = readPair(r, name, "VerifiableCredential", "AgentTaskCredential", true)
	case "issuer":
		err = l.readIssuer(r)
	case "validFrom":
		l.from, err = readTime(r, name)
	case "validUntil":
		l.until, err = readTime(r, name)
	case "credentialSubject":
		err = l.readSubject(r)
	case "credentialStatus":
		err = l.readStatus(r)
	default:
		err = unknown(name, "a task credential")
	}
	return err
}

func (l *link) readSubject(r *strictjson.Reader) error {
	var seen names
	err := r.Object(func(name string) (err error) {
		seen.add(name)
		switch name {
		case "id":
			l.subject, l.subjectKey, err = readHolder(r)
		case "type":
			err = readConst(r, name, "Agent")
		case "agent":
			l.agent, err = readAgent(r)
		case "task":
			l.task, err = readTask(r)
		case "parent":
			err = l.readParent(r)
		case "authority":
			l.authority, err = readAuthority(r)
		default:
			err = unknown(name, "the subject of a task credential")
		}
		return err
	})
	if err != nil {
		return err
	}
	return seen.require("id", "type", "task", "authority")
}

// readParent reads a parent. Whatever is wrong with it but its syntax is for
// rule 6 to report.
func (l *link) readParent(r *strictjson.Reader) error {
	raw, err := r.Raw()
	if err != nil {
		return err
	}
	l.parent = new(parentRef)
	l.parentErr = strictjson.Read(raw, len(raw), func(r *strictjson.Reader) error {
		var seen names
		err := r.Object(func(name string) (err error) {
			seen.add(name)
			switch name {
			case "id":
				l.parent.id, err = r.String()
			case "digestMultibase":
				l.parent.digest, err = r.String()
			default:
				err = unknown(name, "parent")
			}
			return err
		})
		if err != nil {
			return err
		}
		return seen.require("id", "digestMultibase")
	})
	return nil
}

func readTask(r *strictjson.Reader) (t Task, err error) {
	err = r.Object(func(name string) (err error) {
		switch name {
		case "id":
			t.ID, err = readText(r, name)
		case "purpose":
			t.Purpose, err = readText(r, name)
		case "step":
			t.Step, err = readText(r, name)
		default:
			err = unknown(name, "task")
		}
		return err
	})
	if err == nil && t.ID == "" {
		err = fmt.Errorf("task has no id")
	}
	return t, err
}

func readAgent(r *strictjson.Reader) (a Agent, err error) {
	err = r.Object(func(name string) (err error) {
		switch name {
		case "kind":
			a.Kind, err = readText(r, name)
		case "instance":
			a.Instance, err = readText(r, name)
		case "manifest":
			if a.Manifest, err = readText(r, name); err == nil && !multikey.IsDigest(a.Manifest) {
				err = fmt.Errorf("manifest %.60q is not a SHA-256 digest", a.Manifest)
			}
		default:
			err = unknown(name, "agent")
		}
		return err
	})
	return a, err
}

var errEmptyPeriod = errors.New("validFrom is not before validUntil")

// check applies the rules of form that need the whole link.
func (l *link) check(first bool) error {
	if !l.from.Before(l.until) {
		return errEmptyPeriod
	}
	if l.token != nil {
		if iss := l.token.Header.Iss; iss != "" && iss != l.issuer.String() {
			return fmt.Errorf("iss %.80q in the header, issuer %s", iss, l.issuer)
		}
	}
	return l.checkIssuer(first)
}

// checkIssuer: below the root an issuer holds a link, so its key is of a kind that
// may be held.
func (l *link) checkIssuer(first bool) error {
	if !first && !isHolderKey(l.issuerKey) {
		return fmt.Errorf("issuer %.80q is not a did:key of Ed25519 or P-256", l.issuer)
	}
	return nil
}

// isHolderKey reports whether a key is of a type that may be held in a chain.
func isHolderKey(k did.Key) bool { return k.Type() == did.Ed25519 || k.Type() == did.P256 }

func readHolder(r *strictjson.Reader) (did.DID, did.Key, error) {
	s, err := r.String()
	if err != nil {
		return did.DID{}, did.Key{}, err
	}
	d, key, err := did.ParseUnproven(s)
	if err == nil && !isHolderKey(key) {
		err = fmt.Errorf("want a did:key of Ed25519 or P-256")
	}
	if err != nil {
		return did.DID{}, did.Key{}, fmt.Errorf("subject %.80q: %w", s, err)
	}
	return d, key, nil
}

// prove finishes rule 2: the keys of the link are points. It costs a tenth of a
// signature a key, so a verifier leaves it to rule 4 where a signature by that key
// is checked anyway, and asks only before it reports anything else.
func (l *link) prove() *ruleError {
	if l.issuerKey.Type() != "" {
		if err := l.issuerKey.Prove(); err != nil {
			return &ruleError{ErrLink, fmt.Errorf("issuer: %w", err)}
		}
	}
	if err := l.subjectKey.Prove(); err != nil {
		return &ruleError{ErrLink, fmt.Errorf("subject: %w", err)}
	}
	return nil
}

// readIssuer reads the issuer, who mostly is the parent's subject, whose key was
// read already.
func (l *link) readIssuer(r *strictjson.Reader) error {
	s, err := r.String()
	if err != nil || s == l.issuer.String() && s != "" {
		return err
	}
	l.issuer, l.issuerKey, err = did.ParseUnproven(s)
	if err != nil {
		return fmt.Errorf("issuer: %w", err)
	}
	return nil
}

// names remembers which members an object had. No object here has more than its
// room: an unknown name refuses at once and a repeated one is not strict JSON.
type names struct {
	n    int
	seen [16]string
}

func (m *names) add(name string) {
	if m.n < len(m.seen) {
		m.seen[m.n] = name
		m.n++
	}
}

func (m *names) require(wanted ...string) error {
	for _, want := range wanted {
		if !slices.Contains(m.seen[:m.n], want) {
			return fmt.Errorf("%s is missing", want)
		}
	}
	return nil
}

func unknown(name, where string) error {
	return fmt.Errorf("member %.40q has no place in %s", name, where)
}

// readPair reads an array of exactly two strings, in either order if so told.
func readPair(r *strictjson.Reader, name, first, second string, anyOrder bool) error {
	var got [2]string
	n, err := r.Array(2, func(i int) (err error) {
		got[i], err = r.String()
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	ordered := got == [2]string{first, second}
	swapped := anyOrder && got == [2]string{second, first}
	if n != 2 || !ordered && !swapped {
		return fmt.Errorf("%s %.60q, want exactly %q and %q", name, got[:n], first, second)
	}
	return nil
}

func readConst(r *strictjson.Reader, name, want string) error {
	s, err := r.String()
	if err == nil && s != want {
		err = fmt.Errorf("%s %.40q, want %q", name, s, want)
	}
	return err
}

// readText reads a string that says something.
func readText(r *strictjson.Reader, name string) (string, error) {
	s, err := r.String()
	if err == nil && s == "" {
		err = fmt.Errorf("%s is empty", name)
	}
	return s, err
}

// readURI reads an absolute URI.
func readURI(r *strictjson.Reader, name string) (string, error) {
	s, err := r.String()
	if err == nil && !isURI(s) {
		err = fmt.Errorf("%s %.80q is not an absolute URI", name, s)
	}
	return s, err
}

func isURI(s string) bool {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0 {
			return false
		}
	}
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && len(s) > len(u.Scheme)+1 && len(s) <= did.MaxLen
}

const timeLayout = "2006-01-02T15:04:05Z"

// readTime reads a time of exactly 20 characters.
func readTime(r *strictjson.Reader, name string) (time.Time, error) {
	s, err := r.String()
	if err != nil {
		return time.Time{}, err
	}
	t, err := time.Parse(timeLayout, s)
	if err != nil || len(s) != len(timeLayout) {
		return time.Time{}, fmt.Errorf("%s %.40q, want such as 2026-01-31T12:00:00Z", name, s)
	}
	return t, nil
}

func isTime(s string) bool {
	_, err := time.Parse(timeLayout, s)
	return err == nil && len(s) == len(timeLayout)
}
