package vc

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/strictjson"
)

// The base contexts, which say by which version of the data model to read a
// credential.
const (
	ContextV1 = "https://www.w3.org/2018/credentials/v1"
	ContextV2 = "https://www.w3.org/ns/credentials/v2"
)

// MaxBytes is the largest credential accepted unless the options say otherwise.
const MaxBytes = 256 << 10

// Credential is the content of a verifiable credential (VC Data Model 2.0 section
// 4, or 1.1). By itself it is a claim of nobody: Sign makes somebody answer for
// it, and Verify alone tells whether somebody did.
type Credential struct {
	Context    []string // URLs; an inline context is its JSON text. Empty: ContextV2
	ID         string   // optional URL
	Type       []string // VerifiableCredential is added where it is missing
	Issuer     did.DID
	ValidFrom  time.Time // issuanceDate in 1.1; zero: absent
	ValidUntil time.Time // expirationDate in 1.1; zero: absent
	Subject    []Subject // one or more
	Status     []StatusEntry

	// More holds the other members, such as evidence, by name.
	More map[string]json.RawMessage

	from   issuer  // Issuer, as it was read
	names  dialect // which version's names its times came by
	anyURL bool    // whether the issuer may be a URL that is no DID

	// unproven leaves proving the issuer's key to the signature by it.
	unproven bool
}

// issuerID is the issuer as text, empty where there is none.
func (c *Credential) issuerID() string {
	if c.from.url != "" {
		return c.from.url
	}
	return c.Issuer.String()
}

// dialect says which version of the data model a name belongs to.
type dialect uint8

const (
	namesV1 dialect = 1 << iota // issuanceDate, expirationDate
	namesV2                     // validFrom, validUntil
)

// Subject is one subject of a credential.
type Subject struct {
	ID     string          // optional URL; must agree with Claims where both have it
	Claims json.RawMessage // a JSON object
}

// IsV1 reports whether c follows VC Data Model 1.1.
func (c *Credential) IsV1() bool { return len(c.Context) > 0 && c.Context[0] == ContextV1 }

// HasType reports whether t is one of the types of c.
func (c *Credential) HasType(t string) bool { return slices.Contains(c.Type, t) }

// ParseUnverified reads the JSON of a credential, without any proof. What it
// returns was said by nobody in particular.
func ParseUnverified(data []byte) (*Credential, error) {
	c := new(Credential)
	err := strictjson.Read(data, MaxBytes, func(r *strictjson.Reader) error {
		return readCredential(r, c, nil)
	})
	if err == nil {
		err = c.finish()
	}
	if err != nil {
		return nil, jsonError(err)
	}
	return c, nil
}

// credentialMembers are the names that mean something at the top of a credential
// or of a JWT. A name that differs from one of them in case alone is refused: it
// would be a restriction lost.
var credentialMembers = foldSet(
	"@context", "id", "type", "issuer", "validFrom", "validUntil", "issuanceDate", "expirationDate",
	"credentialSubject", "credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence",
	"name", "description", "relatedResource", "proof", "holder", "verifiableCredential",
	"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "vc", "vp", "nonce")

// readCredential reads an object into c. Members that other knows are its; the
// rest are the credential's.
func readCredential(r *strictjson.Reader, c *Credential, other func(*strictjson.Reader, string) (bool, error)) error {
	return r.Object(func(name string) error {
		if other != nil {
			if ok, err := other(r, name); ok || err != nil {
				return err
			}
		}
		return c.readMember(r, name)
	})
}

func (c *Credential) readMember(r *strictjson.Reader, name string) (err error) {
	switch name {
	case "@context":
		c.Context, err = readContext(r)
	case "id":
		c.ID, err = readURL(r, name)
	case "type":
		c.Type, err = readStrings(r, ErrType)
	case "issuer":
		c.from, err = readIssuer(r, name, c.anyURL, c.unproven)
		c.Issuer = c.from.did
	case "validFrom":
		c.ValidFrom, err = c.readTime(r, name, namesV2)
	case "validUntil":
		c.ValidUntil, err = c.readTime(r, name, namesV2)
	case "issuanceDate":
		c.ValidFrom, err = c.readTime(r, name, namesV1)
	case "expirationDate":
		c.ValidUntil, err = c.readTime(r, name, namesV1)
	case "credentialSubject":
		c.Subject, err = readSubjects(r)
	case "credentialStatus":
		c.Status, err = readStatus(r)
	default:
		err = c.readOther(r, name)
	}
	return err
}

func (c *Credential) readTime(r *strictjson.Reader, name string, d dialect) (time.Time, error) {
	c.names |= d
	s, err := r.String()
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %s: %w", ErrTime, name, err)
	}
	return parseTime(s, name)
}

func (c *Credential) readOther(r *strictjson.Reader, name string) error {
	if known, ok := credentialMembers[fold(name)]; ok && known != name {
		return fmt.Errorf("%w: member %.40q, want %q", ErrModel, name, known)
	}
	raw, err := r.Raw()
	if err != nil {
		return err
	}
	if c.More == nil {
		c.More = make(map[string]json.RawMessage)
	}
	c.More[name] = raw
	return nil
}

// finish applies the rules that need the whole credential.
func (c *Credential) finish() error {
	if err := c.checkContext(); err != nil {
		return err
	}
	if err := c.checkTimes(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(c.More)) {
		// Here, since the version says which names mean something.
		if err := c.checkPart(name, c.More[name]); err != nil {
			return err
		}
	}
	if err := c.checkIssuerObject(); err != nil {
		return err
	}
	switch {
	case !c.HasType("VerifiableCredential"):
		return fmt.Errorf("%w: VerifiableCredential is missing", ErrType)
	case c.issuerID() == "":
		return fmt.Errorf("%w: no issuer", ErrModel)
	case len(c.Subject) == 0:
		return fmt.Errorf("%w: no credentialSubject", ErrModel)
	}
	return nil
}

// checkIssuerObject checks what an issuer that is an object says of itself.
func (c *Credential) checkIssuerObject() error {
	if c.from.raw == nil || c.IsV1() {
		return nil
	}
	return strictjson.Read(c.from.raw, len(c.from.raw), func(r *strictjson.Reader) error {
		return r.Object(func(name string) error {
			if name == "name" || name == "description" {
				return checkLanguage(r, "issuer."+name)
			}
			return r.Skip()
		})
	})
}

func (c *Credential) checkTimes() error {
	if c.IsV1() && c.names&namesV2 != 0 || !c.IsV1() && c.names&namesV1 != 0 {
		return fmt.Errorf("%w: times by the names of another version than the @context", ErrModel)
	}
	if !c.ValidFrom.IsZero() && !c.ValidUntil.IsZero() && c.ValidUntil.Before(c.ValidFrom) {
		return fmt.Errorf("%w: validUntil is before validFrom", ErrTime)
	}
	if c.IsV1() && c.ValidFrom.IsZero() {
		return fmt.Errorf("%w: no issuanceDate", ErrModel)
	}
	return nil
}

// MarshalJSON writes the credential, members in a fixed order.
func (c *Credential) MarshalJSON() ([]byte, error) { return c.marshal() }
