package sdjwt_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/vc/sdjwt"
)

// TestDigestsOfTheRFC are the digests that RFC 9901 states in sections 4.2.3,
// 4.2.4.2 and 4.2.6.
func TestDigestsOfTheRFC(t *testing.T) {
	for _, c := range []struct{ disclosure, digest string }{
		{`["_26bc4LT-ac6q2KI6cBW5es", "family_name", "Möbius"]`, "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"},
		{`["lklxF5jMYlGTPUovMNIvCA", "FR"]`, "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs"},
		{`["16_mAd0GiwaZokU26_0i0h","DE"]`, "PmnlrRjhLcwf8zTDdK15HVGwHtPYjddvD362WjBLwro"},
		{`["fn9fN0rD-fFs2n303ZI-0c","FR"]`, "r823HFN6Ba_lpSANYtXqqCBAH-TsQlIzfOK0lRAFLCM"},
		{`["YIKesqOkXXNzMQtsX_-_lw","UK"]`, "nP5GYjwhFm6ESlAeC4NCaIliW4tz0hTrUeoJB3lb5TA"},
	} {
		require.Equal(t, c.digest, sdjwt.DigestOf(b64(c.disclosure)), c.disclosure)
	}
}

// TestExamplesOfTheRFC are the small examples of sections 4.2.4 and 4.2.6, in a
// credential of alice's.
func TestExamplesOfTheRFC(t *testing.T) {
	family := b64(`["_26bc4LT-ac6q2KI6cBW5es", "family_name", "Möbius"]`)
	fr := b64(`["lklxF5jMYlGTPUovMNIvCA", "FR"]`)
	de, fr2 := b64(`["16_mAd0GiwaZokU26_0i0h","DE"]`), b64(`["fn9fN0rD-fFs2n303ZI-0c","FR"]`)
	nationalities := b64(`["4drfeTtSUK3aY_-PF12gcX","nationalities",[{"...":"PmnlrRjhLcwf8zTDdK15HVGwHtPYjddvD362WjBLwro"},
		{"...":"r823HFN6Ba_lpSANYtXqqCBAH-TsQlIzfOK0lRAFLCM"},{"...":"nP5GYjwhFm6ESlAeC4NCaIliW4tz0hTrUeoJB3lb5TA"}]]`)
	array := `,"nationalities":["DE",{"...":"w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs"},"US"]`
	for _, c := range []struct {
		name, payload string
		disclosures   []string
		want          string // beside iss and vct
	}{
		{"object", `,"_sd":["X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"]`, []string{family}, `,"family_name":"Möbius"`},
		{"object, not shown", `,"_sd":["X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"]`, nil, ``},
		{"array", array, []string{fr}, `,"nationalities":["DE","FR","US"]`},
		{"array, not shown", array, nil, `,"nationalities":["DE","US"]`},
		{"recursive", `,` + sd(nationalities), []string{de, nationalities, fr2}, `,"nationalities":["DE","FR"]`},
		{"recursive, the field alone", `,` + sd(nationalities), []string{nationalities}, `,"nationalities":[]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := verify(forge(t, "dc+sd-jwt", payload(c.payload), c.disclosures...), unbound())
			require.NoError(t, err)
			require.JSONEq(t, payload(c.want), string(v.Claims()))
		})
	}
}
