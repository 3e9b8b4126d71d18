package delegation

import (
	"crypto/rand"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/vc"
)

// mint signs a link. What it returns is what parsing its bytes gives, but for the
// token or document and the bucket, which are a verifier's.
func mint(signer *did.Signer, holder did.Key, a Authority, is Issue, parent *link) (*link, error) {
	if signer == nil {
		return nil, fmt.Errorf("%w: no signer", ErrHolder)
	}
	l, err := newLink(signer, holder, a, is, parent)
	if err != nil {
		return nil, err
	}
	if err := l.seal(signer, is.Format); err != nil {
		return nil, err
	}
	if len(l.raw) > MaxLinkBytes {
		return nil, &Refusal{Rule: ErrChain, Link: noLink, Err: fmt.Errorf("%d bytes, at most %d", len(l.raw), MaxLinkBytes)}
	}
	l.digest = multikey.Digest([]byte(l.raw))
	return l, nil
}

// newLink makes the content of a link and checks what parsing would check.
func newLink(signer *did.Signer, holder did.Key, a Authority, is Issue, parent *link) (*link, error) {
	if is.ID == "" {
		is.ID = newURN()
	}
	l := &link{
		id: is.ID, issuer: signer.DID(), subject: holder.DID(), subjectKey: holder,
		from: is.ValidFrom.UTC().Truncate(time.Second), until: is.ValidUntil.UTC().Truncate(time.Second),
		agent: is.Agent, task: is.Task, authority: a.rules, status: is.Status,
	}
	if signer.Method() == signer.Key().Method() {
		l.issuerKey = signer.Key() // a did:key
	}
	if parent != nil {
		l.parent = &parentRef{parent.id, parent.digest}
	}
	if err := l.checkContent(); err != nil {
		return nil, &Refusal{Rule: ErrLink, Link: noLink, Err: err}
	}
	if err := l.checkIssuer(parent == nil); err != nil {
		return nil, &Refusal{Rule: ErrLink, Link: noLink, Err: err}
	}
	for _, e := range l.status {
		if err := checkNewEntry(e); err != nil {
			return nil, &Refusal{Rule: ErrStatus, Link: noLink, Err: err}
		}
	}
	return l, nil
}

// checkContent checks what a Go value may hold and a link may not.
func (l *link) checkContent() error {
	for _, s := range []string{l.task.ID, l.task.Purpose, l.task.Step, l.agent.Kind, l.agent.Instance} {
		if !utf8.ValidString(s) {
			return fmt.Errorf("%.40q is not UTF-8", s)
		}
	}
	switch {
	case !isURI(l.id):
		return fmt.Errorf("id %.80q is not an absolute URI", l.id)
	case !isHolderKey(l.subjectKey):
		return fmt.Errorf("subject %.80q: want a did:key of Ed25519 or P-256", l.subject)
	case l.task.ID == "":
		return fmt.Errorf("task has no id")
	case l.authority == nil:
		return fmt.Errorf("%w: the zero authority", ErrMalformedAuthority)
	case l.agent.Manifest != "" && !multikey.IsDigest(l.agent.Manifest):
		return fmt.Errorf("manifest %.60q is not a SHA-256 digest", l.agent.Manifest)
	case !l.from.Before(l.until):
		return errEmptyPeriod
	case l.from.Year() < 0 || l.until.Year() > 9999:
		return fmt.Errorf("valid %s, want years 0 to 9999", period(l))
	case len(l.status) > maxElements:
		return fmt.Errorf("%d status entries, at most %d", len(l.status), maxElements)
	}
	return nil
}

func checkNewEntry(e vc.StatusEntry) error {
	if e.Size != 0 && e.Size != 1 {
		return fmt.Errorf("statusSize %d, want 1", e.Size)
	}
	if e.ID != "" && !isURI(e.ID) || !isURI(e.List) {
		return fmt.Errorf("credentialStatus: %.80q or %.80q is not an absolute URI", e.ID, e.List)
	}
	return checkEntry(e)
}

// append writes the payload of the link, in the order of docs/spec.md section 4.
func (l *link) append(b []byte) []byte {
	m := openMembers(b)
	m.strings("@context", []string{vc.ContextV2, contextTaper})
	m.text("id", l.id)
	m.strings("type", []string{"VerifiableCredential", "AgentTaskCredential"})
	m.text("issuer", l.issuer.String())
	m.text("validFrom", l.from.Format(timeLayout))
	m.text("validUntil", l.until.Format(timeLayout))
	m.name("credentialSubject")
	m.b = l.appendSubject(m.b)
	if len(l.status) > 0 {
		m.name("credentialStatus")
		m.b = appendArray(m.b, len(l.status), func(b []byte, i int) []byte { return appendEntry(b, l.status[i]) })
	}
	return m.close()
}

func (l *link) appendSubject(b []byte) []byte {
	m := openMembers(b)
	m.text("id", l.subject.String())
	m.text("type", "Agent")
	if l.agent != (Agent{}) {
		m.name("agent")
		m.b = appendTexts(m.b, "kind", l.agent.Kind, "instance", l.agent.Instance, "manifest", l.agent.Manifest)
	}
	m.name("task")
	m.b = appendTexts(m.b, "id", l.task.ID, "purpose", l.task.Purpose, "step", l.task.Step)
	if l.parent != nil {
		m.name("parent")
		m.b = appendTexts(m.b, "id", l.parent.id, "digestMultibase", l.parent.digest)
	}
	m.name("authority")
	m.b = l.authority.append(m.b)
	return m.close()
}

func appendEntry(b []byte, e vc.StatusEntry) []byte {
	b = appendTexts(b, "id", e.ID, "type", e.Type, "statusPurpose", e.Purpose,
		"statusListIndex", e.Index, "statusListCredential", e.List)
	if e.Size == 0 {
		return b
	}
	return append(b[:len(b)-1], `,"statusSize":1}`...)
}

// appendTexts writes an object of the strings that are not empty, given as name
// and value in turn.
func appendTexts(b []byte, pairs ...string) []byte {
	m := openMembers(b)
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			m.text(pairs[i], pairs[i+1])
		}
	}
	return m.close()
}

// newURN returns a random urn:uuid (RFC 9562 version 4).
func newURN() string {
	var u [16]byte
	rand.Read(u[:])
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
