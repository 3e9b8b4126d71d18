package multikey

import (
	"fmt"

	"github.com/multiformats/go-multibase"
)

// DecodeBase58 reads the multibase text of exactly size bytes in base58-btc, `z`
// and the digits, in its one spelling. Base58 is quadratic, so the length of the
// text is bounded first.
func DecodeBase58(text string, size int) ([]byte, error) {
	if most := 2 + size*138/100; len(text) > most {
		return nil, fmt.Errorf("%w: %d characters, at most %d", ErrText, len(text), most)
	}
	if text == "" || text[0] != 'z' {
		return nil, fmt.Errorf("%w: want z and base58", ErrText)
	}
	_, data, err := multibase.Decode(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrText, err)
	}
	if len(data) != size {
		return nil, fmt.Errorf("%w: %d bytes, want %d", ErrText, len(data), size)
	}
	if EncodeBase58(data) != text {
		return nil, fmt.Errorf("%w: not canonical base58", ErrText)
	}
	return data, nil
}

// EncodeBase58 writes data as DecodeBase58 reads it.
func EncodeBase58(data []byte) string {
	text, _ := multibase.Encode(multibase.Base58BTC, data) // the base is known
	return text
}
