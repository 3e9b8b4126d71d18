package did

import (
	"errors"
	"fmt"

	"github.com/taperid/taper/internal/multikey"
)

var (
	// ErrInvalid is returned for text that is not a DID (DID Core section 3.1).
	// ErrURL and ErrDocument are kinds of it.
	ErrInvalid = errors.New("did: invalid")
	// ErrURL is returned for text that is not a DID URL (DID Core section 3.2), or
	// one that asks for something contradictory.
	ErrURL = fmt.Errorf("%w DID URL", ErrInvalid)
	// ErrDocument is returned for what is not a DID document, or is that of
	// another DID.
	ErrDocument = fmt.Errorf("%w document", ErrInvalid)
	// ErrMethod is returned for a DID of a method that the resolver at hand does
	// not resolve.
	ErrMethod = errors.New("did: method not supported")
	// ErrFeature is returned for a DID URL that asks for what no resolver here
	// does, such as an old version of a document.
	ErrFeature = errors.New("did: feature not supported")
	// ErrKeyType is returned for a key of a type that is not supported, or that
	// cannot do what is asked of it.
	ErrKeyType = errors.New("did: key type not supported")
	// ErrKeyFormat is returned where a verification method is asked for in a form
	// that is known and not written, because it is deprecated or experimental.
	ErrKeyFormat = errors.New("did: format of keys not enabled")
	// ErrKeyLength is returned for a key of the wrong length for its type.
	ErrKeyLength = errors.New("did: invalid key length")
	// ErrKey is returned for a key that no signature may be trusted under: off
	// its curve, or of small order.
	ErrKey = errors.New("did: invalid key")
	// ErrNotFound is returned where there is no such document, or a document has
	// no such verification method or service, or has it for another purpose only.
	ErrNotFound = errors.New("did: not found")
	// ErrSignature is returned for a signature that does not verify, or was made
	// with another algorithm than the key's.
	ErrSignature = errors.New("did: wrong signature")
)

// errorNames are the names of errors in resolution results, kinds before what they
// are kinds of.
var errorNames = []struct {
	err  error
	name string
}{
	{ErrDocument, "invalidDidDocument"}, // perhaps because of a DID URL in it
	{ErrURL, "invalidDidUrl"},
	{ErrInvalid, "invalidDid"},
	{ErrMethod, "methodNotSupported"},
	{ErrFeature, "featureNotSupported"},
	{ErrKeyFormat, "invalidPublicKeyType"},
	{ErrKeyType, "unsupportedPublicKeyType"},
	{ErrKeyLength, "invalidPublicKeyLength"},
	{ErrKey, "invalidPublicKey"},
	{ErrNotFound, "notFound"},
}

// ErrorName returns the name that DID Resolution section 8 and did:key section 3.1
// have for an error of this package or of a resolver: one of invalidDid,
// invalidDidUrl, invalidDidDocument, methodNotSupported, featureNotSupported,
// notFound, unsupportedPublicKeyType, invalidPublicKeyType, invalidPublicKeyLength
// and invalidPublicKey; internalError for any other error, and nothing for nil.
func ErrorName(err error) string {
	if err == nil {
		return ""
	}
	for _, n := range errorNames {
		if errors.Is(err, n.err) {
			return n.name
		}
	}
	return "internalError"
}

// keyError turns an error about a key into one of this package.
func keyError(err error) error {
	for _, m := range []struct{ from, to error }{
		{multikey.ErrUnsupported, ErrKeyType},
		{multikey.ErrSize, ErrKeyLength},
		{multikey.ErrKey, ErrKey},
		{multikey.ErrText, ErrInvalid},
	} {
		if errors.Is(err, m.from) {
			return fmt.Errorf("%w: %v", m.to, err)
		}
	}
	return err
}
