package tesseralog_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// The parts of the signer key of the tests. Never use it for anything real.
var keyID, keySeed = testKey()

func testKey() (id, seed string) {
	raw := []byte("taper test key, thirty-two bytes")
	pub, ok := ed25519.NewKeyFromSeed(raw).Public().(ed25519.PublicKey)
	vkey, err := note.NewEd25519VerifierKey(origin, pub)
	if err != nil || !ok {
		panic(err)
	}
	return strings.Split(vkey, "+")[1], base64.StdEncoding.EncodeToString(append([]byte{1}, raw...))
}
