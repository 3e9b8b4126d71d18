package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/vc"
)

// outcome is what the VC-JOSE-COSE suite reads.
type outcome struct {
	Result string `json:"result"` // success, failure, indeterminate
	Data   string `json:"data"`
}

// suiteCommand is the command of the VC-JOSE-COSE suite. Its exit status is 0 whatever
// the outcome, which is in the output file.
func suiteCommand(verb string, args []string) int {
	flags := flag.NewFlagSet(verb, flag.ContinueOnError)
	input := flags.String("input", "", "file with what to issue or verify")
	keyFile := flags.String("key", "", "file with the verification method, as a JWK")
	feature := flags.String("feature", "", "credential_jose or presentation_jose")
	output := flags.String("output", "", "file for the outcome")
	if flags.Parse(args) != nil {
		return 2
	}
	o := suiteOutcome(verb, *feature, *input, *keyFile)
	data, err := json.Marshal(o)
	if err == nil {
		err = os.WriteFile(*output, data, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "vcapi:", err)
		return 1
	}
	return 0
}

func suiteOutcome(verb, feature, input, keyFile string) outcome {
	presentation := feature == "presentation_jose"
	if !presentation && feature != "credential_jose" {
		return outcome{Result: "indeterminate", Data: "feature " + feature}
	}
	data, err := os.ReadFile(input)
	if err != nil {
		return outcome{Result: "indeterminate", Data: err.Error()}
	}
	signer, key, err := suiteKey(keyFile)
	if err != nil {
		return outcome{Result: "indeterminate", Data: err.Error()}
	}
	switch {
	case verb == "verify":
		return suiteVerify(presentation, data, key)
	case signer == nil:
		return outcome{Result: "indeterminate", Data: "the key is public"}
	}
	return suiteIssue(presentation, data, signer)
}

// suiteVerify checks the proof by the key that the suite names: its issuers are URLs
// that are no DIDs, so nothing binds them to a key.
func suiteVerify(presentation bool, data []byte, key did.Key) outcome {
	check := vc.VerifyProof
	if presentation {
		check = vc.VerifyPresentationProof
	}
	if _, err := check(context.Background(), []byte(strings.TrimSpace(string(data))), vc.VerifyOptions{Key: key}); err != nil {
		return outcome{Result: "failure", Data: err.Error()}
	}
	return outcome{Result: "success"}
}

// suiteIssue signs as the key's own DID, which takes the place of the suite's URL.
func suiteIssue(presentation bool, data []byte, signer *did.Signer) outcome {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return outcome{Result: "failure", Data: err.Error()}
	}
	token, err := suiteSign(presentation, members, signer)
	if err != nil {
		return outcome{Result: "failure", Data: err.Error()}
	}
	return outcome{"success", token}
}

func suiteSign(presentation bool, members map[string]json.RawMessage, signer *did.Signer) (string, error) {
	if presentation {
		p := vc.Presentation{Challenge: "suite", Domain: "suite"}
		var in []json.RawMessage
		if err := json.Unmarshal(members["verifiableCredential"], &in); err != nil {
			return "", err
		}
		for _, c := range in {
			p.Credentials = append(p.Credentials, string(c))
		}
		return vc.SignPresentation(p, signer)
	}
	delete(members, "issuer")
	text, err := json.Marshal(members)
	if err != nil {
		return "", err
	}
	content, err := withIssuer(text, signer.DID())
	if err != nil {
		return "", err
	}
	c, err := vc.ParseUnverified(content)
	if err != nil {
		return "", err
	}
	return vc.Sign(*c, signer, vc.SignOptions{})
}

// suiteKey reads a verification method: a JWK by itself, or with its halves apart.
func suiteKey(file string) (*did.Signer, did.Key, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, did.Key{}, err
	}
	var in struct {
		PublicKeyJwk, SecretKeyJwk, PrivateKeyJwk map[string]any
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return nil, did.Key{}, err
	}
	for _, jwk := range []map[string]any{in.SecretKeyJwk, in.PrivateKeyJwk, in.PublicKeyJwk} {
		if jwk == nil {
			continue
		}
		if data, err = json.Marshal(bare(jwk)); err != nil {
			return nil, did.Key{}, err
		}
		break
	}
	if priv, err := did.ParsePrivateKey(data); err == nil {
		signer, err := priv.Signer()
		if err != nil {
			return nil, did.Key{}, err
		}
		return signer, signer.Key(), nil
	}
	key, err := did.ParseJWK(data)
	return nil, key, err
}

// bare leaves of a JWK what is the key: the suite's have other members too.
func bare(jwk map[string]any) map[string]any {
	out := make(map[string]any)
	for _, name := range []string{"kty", "crv", "x", "y", "d"} {
		if v, ok := jwk[name]; ok {
			out[name] = v
		}
	}
	return out
}
