package did

import (
	"encoding/base64"
	"fmt"

	"github.com/taperid/taper/internal/multikey"
)

const (
	jwkPrefix = "did:jwk:"

	// jwkMethod is the fragment of the one verification method of a did:jwk.
	jwkMethod = "#0"
)

// decodeJWK reads what follows did:jwk: in a DID: the base64url of a JSON Web Key.
// One key has many such DIDs, since JSON has many spellings; each is another DID.
func decodeJWK(id string) (Key, error) {
	data, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil || base64.RawURLEncoding.EncodeToString(data) != id {
		return Key{}, fmt.Errorf("%w: %s%.80s is not canonical base64url", ErrInvalid, jwkPrefix, id)
	}
	pub, _, err := multikey.FromJWK(data)
	if err != nil {
		return Key{}, keyError(err)
	}
	return NewKey(pub)
}
