package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	evertokenv1 "github.com/evertoken/evertoken/clients/go/evertoken/v1"
)

// How long one call may take. The server goes on with a renewal whose caller stopped waiting.
const patience = 30 * time.Second

// Nobody's token: it has the right form and was never given out.
const unknownToken = "00000000-0000-4000-8000-000000000000"

var accessTokenForm = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// What a step found out. Tokens are secrets and never among it.
type findings map[string]any

type flow struct {
	tokens evertokenv1.TokenServiceClient
	out    *json.Encoder

	requestToken string
	accessToken  string
	subject      string
	grantID      string
	cursor       string
	expiry       time.Time
	fetched      time.Time // the profile
}

// run takes the steps in their order and prints each that went as promised.
func (f *flow) run(ctx context.Context, requestToken string) error {
	f.requestToken = requestToken
	steps := []struct {
		name string
		take func(context.Context) (findings, error)
	}{
		{"exchange", f.exchange},
		{"introspect", f.introspect},
		{"watch", f.watch},
		{"refresh", f.refresh},
		{"profile", f.freshProfile},
		{"profile_within_max_age", f.recentProfile},
		{"profile_again", f.freshProfile},
		{"provider_token", f.providerToken},
		{"unknown_token", f.useUnknownToken},
		{"revoke", f.revoke},
		{"refresh_after_revoke", f.refreshAfterRevoke},
		{"introspect_after_revoke", f.introspectAfterRevoke},
		{"events", f.events},
	}
	for _, step := range steps {
		found, err := withDeadline(ctx, step.take)
		if err != nil {
			return fmt.Errorf("%s: %w", step.name, explained(err))
		}
		found["step"] = step.name
		if err := f.out.Encode(found); err != nil {
			return err
		}
	}
	return nil
}

func withDeadline(ctx context.Context, take func(context.Context) (findings, error)) (findings, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return take(ctx)
}

func (f *flow) exchange(ctx context.Context) (findings, error) {
	response, err := f.tokens.ExchangeToken(ctx, &evertokenv1.ExchangeTokenRequest{
		Credential: &evertokenv1.ExchangeTokenRequest_RequestToken{RequestToken: f.requestToken},
	})
	if err != nil {
		return nil, err
	}
	f.accessToken = response.GetAccessToken()
	f.subject = response.GetSubject()
	f.expiry = response.GetExpireTime().AsTime()
	if !accessTokenForm.MatchString(f.accessToken) {
		return nil, errors.New("the access token is not written as a GUID")
	}
	if !f.expiry.After(time.Now()) {
		return nil, fmt.Errorf("the access token is given out expired: %v", f.expiry)
	}
	return findings{
		"provider":     response.GetProvider(),
		"subject":      response.GetSubject(),
		"expiry_limit": response.GetExpiryLimit().String(),
	}, nil
}

func (f *flow) introspect(ctx context.Context) (findings, error) {
	response, err := f.tokens.IntrospectToken(ctx, &evertokenv1.IntrospectTokenRequest{AccessToken: f.accessToken})
	if err != nil {
		return nil, err
	}
	f.grantID = response.GetGrantId()
	if !response.GetExpireTime().AsTime().Equal(f.expiry) {
		return nil, fmt.Errorf("expires at %v, but the exchange said %v", response.GetExpireTime().AsTime(), f.expiry)
	}
	return findings{
		"active":   response.GetActive(),
		"state":    response.GetState().String(),
		"provider": response.GetProvider(),
		"subject":  response.GetSubject(),
	}, nil
}

// The stream ends with the step's context.
func (f *flow) watch(ctx context.Context) (findings, error) {
	stream, err := f.tokens.WatchGrantEvents(ctx, &evertokenv1.WatchGrantEventsRequest{})
	if err != nil {
		return nil, err
	}
	// The first response says where the stream begins.
	bookmark, err := stream.Recv()
	if err != nil {
		return nil, err
	}
	if bookmark.GetType() != evertokenv1.GrantEventType_GRANT_EVENT_TYPE_UNSPECIFIED || bookmark.GetCursor() == "" {
		return nil, errors.New("the first response is no bookmark")
	}
	f.cursor = bookmark.GetCursor()
	return findings{}, nil
}

func (f *flow) refresh(ctx context.Context) (findings, error) {
	response, err := f.tokens.RefreshToken(ctx, &evertokenv1.RefreshTokenRequest{AccessToken: f.accessToken})
	if err != nil {
		return nil, err
	}
	if response.GetAccessToken() != f.accessToken {
		return nil, errors.New("a refresh changed the access token")
	}
	if expiry := response.GetExpireTime().AsTime(); !expiry.After(f.expiry) {
		return nil, fmt.Errorf("a refresh moved the expiry from %v to %v", f.expiry, expiry)
	}
	return findings{
		"renewed":      response.GetRenewed(),
		"expiry_limit": response.GetExpiryLimit().String(),
	}, nil
}

func (f *flow) freshProfile(ctx context.Context) (findings, error) {
	// Without MaxAge the provider is asked now.
	profile, err := f.profile(ctx, &evertokenv1.GetRefreshedProfileRequest{AccessToken: f.accessToken})
	if err != nil {
		return nil, err
	}
	fetched := profile.GetFetchTime().AsTime()
	if !fetched.After(f.fetched) {
		return nil, fmt.Errorf("the provider was not asked again since %v", f.fetched)
	}
	f.fetched = fetched
	return findingsIn(profile), nil
}

func (f *flow) recentProfile(ctx context.Context) (findings, error) {
	profile, err := f.profile(ctx, &evertokenv1.GetRefreshedProfileRequest{
		AccessToken: f.accessToken,
		MaxAge:      durationpb.New(time.Hour),
	})
	if err != nil {
		return nil, err
	}
	if fetched := profile.GetFetchTime().AsTime(); !fetched.Equal(f.fetched) {
		return nil, fmt.Errorf("the provider was asked at %v, though the profile of %v was recent enough", fetched, f.fetched)
	}
	return findingsIn(profile), nil
}

func (f *flow) profile(
	ctx context.Context, request *evertokenv1.GetRefreshedProfileRequest,
) (*evertokenv1.Profile, error) {
	response, err := f.tokens.GetRefreshedProfile(ctx, request)
	if err != nil {
		return nil, err
	}
	profile := response.GetProfile()
	if profile.GetSubject() != f.subject {
		return nil, fmt.Errorf("%q signed in, but this is the profile of %q", f.subject, profile.GetSubject())
	}
	return profile, nil
}

func findingsIn(profile *evertokenv1.Profile) findings {
	return findings{
		"subject":      profile.GetSubject(),
		"display_name": profile.GetDisplayName(),
	}
}

func (f *flow) providerToken(ctx context.Context) (findings, error) {
	response, err := f.tokens.GetProviderToken(ctx, &evertokenv1.GetProviderTokenRequest{AccessToken: f.accessToken})
	if err != nil {
		// The operator decides which apps may see a provider's token.
		return refusedAs(err, refusal{"PERMISSION_DENIED", "CALLER_FORBIDDEN"})
	}
	if response.GetProviderAccessToken() == "" {
		return nil, errors.New("the provider's token is empty")
	}
	return findings{
		"provider":   response.GetProvider(),
		"token_type": response.GetTokenType(),
	}, nil
}

func (f *flow) useUnknownToken(ctx context.Context) (findings, error) {
	_, err := f.tokens.RefreshToken(ctx, &evertokenv1.RefreshTokenRequest{AccessToken: unknownToken})
	return refusedAs(err, refusal{"NOT_FOUND", "TOKEN_NOT_FOUND"})
}

func (f *flow) revoke(ctx context.Context) (findings, error) {
	response, err := f.tokens.RevokeToken(ctx, &evertokenv1.RevokeTokenRequest{AccessToken: f.accessToken})
	if err != nil {
		return nil, err
	}
	return findings{"revoked_at_provider": response.GetRevokedAtProvider()}, nil
}

func (f *flow) refreshAfterRevoke(ctx context.Context) (findings, error) {
	_, err := f.tokens.RefreshToken(ctx, &evertokenv1.RefreshTokenRequest{AccessToken: f.accessToken})
	return refusedAs(err, refusal{"FAILED_PRECONDITION", "GRANT_REVOKED"})
}

func (f *flow) introspectAfterRevoke(ctx context.Context) (findings, error) {
	response, err := f.tokens.IntrospectToken(ctx, &evertokenv1.IntrospectTokenRequest{AccessToken: f.accessToken})
	if err != nil {
		return nil, err
	}
	if response.GetActive() {
		return nil, errors.New("a revoked token is active")
	}
	return findings{
		"active": response.GetActive(),
		"state":  response.GetState().String(),
	}, nil
}

func (f *flow) events(ctx context.Context) (findings, error) {
	// Where the first stream ended: what came in between is not lost.
	stream, err := f.tokens.WatchGrantEvents(ctx, &evertokenv1.WatchGrantEventsRequest{Cursor: f.cursor})
	if err != nil {
		return nil, err
	}
	first := ""
	renewed := false
	for {
		event, err := stream.Recv()
		if err != nil {
			return nil, err
		}
		if event.GetGrantId() != f.grantID {
			continue
		}
		if first == "" {
			first = event.GetType().String()
		}
		renewed = renewed || event.GetType() == evertokenv1.GrantEventType_GRANT_EVENT_TYPE_RENEWED
		if event.GetType() != evertokenv1.GrantEventType_GRANT_EVENT_TYPE_REVOKED {
			continue
		}
		if !renewed {
			return nil, errors.New("no renewal was told")
		}
		return findings{"first": first, "last": event.GetType().String()}, nil
	}
}
