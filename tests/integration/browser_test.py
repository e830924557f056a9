"""A person's login in a real browser, which holds our pages, cookies and security policy to what they say."""

import unittest
import urllib.parse

from tests.integration.oidc_provider.login import login
from tests.integration.support import testing
from tests.integration.support.browser import Chromium
from tests.integration.support.scenario import Scenario

_FORM_POST = "    request_token_delivery: form_post\n"


class BrowserTest(unittest.TestCase):
    def start(self, **server_options):
        self.flow = Scenario(**server_options)
        self.addCleanup(self.flow.__exit__)
        self.browser = Chromium(self._testMethodName)
        self.addCleanup(self.browser.close)

    def sign_in_at_provider(self, decision="allow"):
        self.browser.type("input[name=login]", "alice")
        self.browser.type("input[name=password]", "correct horse")
        self.browser.click("button")
        self.browser.click(f"button[name=decision][value={decision}]")

    def expect_signed_in(self, by):
        """The app's page says so, and what it got is worth an access token."""
        self.assertEqual(self.browser.text("#outcome"), "Signed in")
        self.assertEqual(self.browser.text("#method"), by)
        self.assertEqual(self.browser.text("#state"), "app-state")
        exchanged = self.flow.call("ExchangeToken", request_token=self.browser.text("#request_token"))
        self.assertEqual((exchanged.provider, exchanged.subject), ("idp", "alice"))
        self.assertTrue(self.flow.call("IntrospectToken", access_token=exchanged.access_token).active)

    def expect_nothing_blocked(self):
        def is_block(entry):
            return entry["source"] == "security" or "Content Security Policy" in entry["message"]

        self.assertEqual([entry for entry in self.browser.console() if is_block(entry)], [])

    def expect_error_page(self, title, advice):
        self.assertEqual(self.browser.text("h1"), title)
        self.assertEqual(self.browser.title, title)
        self.assertIn(advice, self.browser.text("main"))
        self.assertRegex(self.browser.text("code"), r"^[\w-]{16}$")
        self.expect_our_style()
        self.expect_nothing_blocked()
        self.assertEqual(self.flow.app.arrivals, [])

    def expect_our_style(self):
        # The style sheet is the only thing that our policy permits on every page.
        self.assertEqual(self.browser.style("main", "max-width"), "544px")

    def test_signs_in_and_lands_on_the_app(self):
        self.start()
        self.browser.open(self.flow.login_url("/"))
        self.assertEqual(self.browser.text("strong"), "Test app")
        self.assertEqual(self.browser.text("ul.choices"), "Sign in with Test provider")
        self.expect_our_style()
        self.browser.screenshot("sign-in")

        self.browser.click("ul.choices a")
        self.browser.text("input[name=login]")
        self.assertTrue(self.browser.url.startswith(self.flow.provider.issuer + "/"))
        self.browser.screenshot("provider")
        self.sign_in_at_provider()

        self.expect_signed_in(by="GET")
        self.browser.screenshot("app")
        address = urllib.parse.urlsplit(self.browser.url)
        self.assertEqual(address._replace(query="").geturl(), self.flow.app.redirect_uri)
        self.assertEqual(dict(urllib.parse.parse_qsl(address.query)), self.flow.app.arrivals[0])
        self.expect_nothing_blocked()

    def test_a_form_post_goes_off_by_itself(self):
        self.start(app_settings=_FORM_POST)
        self.browser.open(self.flow.login_url())
        self.sign_in_at_provider()
        self.expect_signed_in(by="POST")
        self.assertEqual(self.browser.url, self.flow.app.redirect_uri)
        self.browser.screenshot("app-by-form-post")
        self.expect_nothing_blocked()

    def test_a_form_post_has_a_button_where_scripts_do_not_run(self):
        self.start(app_settings=_FORM_POST)
        self.browser.disable_scripts()
        self.browser.open(self.flow.login_url())
        self.sign_in_at_provider()
        self.assertEqual(self.browser.text("form#continue button"), "Continue")
        self.assertEqual(self.flow.app.arrivals, [])
        self.browser.screenshot("form-post-without-script")
        self.browser.click("form#continue button")
        self.expect_signed_in(by="POST")
        self.expect_nothing_blocked()

    def test_a_provider_that_answers_by_form_post(self):
        # The login's cookie is SameSite=Lax: a browser withholds it from the provider's post, and sends it with the
        # post that our own page then makes to the same address.
        self.start(authorization_parameters="prompt: consent, response_mode: form_post")
        self.browser.open(self.flow.login_url())
        self.sign_in_at_provider()
        self.expect_signed_in(by="GET")
        self.expect_nothing_blocked()

    def test_a_refused_consent_reaches_the_app(self):
        self.start()
        self.browser.open(self.flow.login_url("/"))
        self.browser.click("ul.choices a")
        self.sign_in_at_provider(decision="deny")
        self.assertEqual(self.browser.text("#outcome"), "Not signed in")
        self.assertEqual(self.browser.text("#error"), "access_denied")
        self.assertEqual(self.browser.text("#state"), "app-state")
        self.browser.screenshot("app-after-refusal")
        self.expect_nothing_blocked()

    def test_an_unknown_app_gets_a_page(self):
        self.start()
        self.browser.open(self.flow.login_url("/", app="nobody"))
        self.expect_error_page("This application cannot sign you in", "Tell the people who run the application.")
        self.browser.screenshot("unknown-app")

    def test_a_forged_state_gets_a_page(self):
        self.start()
        self.browser.open(self.flow.login_url())
        self.browser.text("input[name=login]")
        self.browser.open(f"{self.flow.server.web}/callback/idp?state=forged&code=guessed")
        self.expect_error_page("This sign-in cannot be completed", "Go back to the application and sign in again")
        self.browser.screenshot("forged-state")

    def test_a_login_begun_in_another_browser_gets_a_page(self):
        self.start()
        callback = login(self.flow.login_url(), "mallory", "correct horse", f"{self.flow.server.web}/callback/idp")
        self.browser.open(callback)
        self.expect_error_page("This sign-in cannot be completed", "sign in again, in one browser")
        self.browser.screenshot("another-browser")


if __name__ == "__main__":
    testing.main()
