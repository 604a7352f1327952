"""What AWS does about accounts: creating, moving, closing, naming."""

from __future__ import annotations

from typing import Any

from tests.contract.scene import NOBODY, QUOTAS, Rule, Scene, api, guide


def _in_progress(scene: Scene) -> object:
    asked = scene.org.create_account(AccountName="one", Email="one@example.com")["CreateAccountStatus"]
    return asked["State"] == "IN_PROGRESS" and "AccountId" not in asked


def _not_listed_yet(scene: Scene) -> object:
    scene.org.create_account(AccountName="one", Email="one@example.com")
    return len(scene.accounts()) == 1


def _lands_in_root(scene: Scene) -> object:
    account = scene.member_account()
    return scene.org.list_parents(ChildId=account)["Parents"][0] == {"Id": scene.root, "Type": "ROOT"}


def _fails(reason: str, *emails: str) -> Any:
    def act(scene: Scene) -> object:
        last: dict[str, Any] = {}
        for number, email in enumerate(emails):
            last = scene.ask(f"account-{number}", email)
        return (last["State"], last.get("FailureReason")) == ("FAILED", reason) and "AccountId" not in last

    return act


def _closed_email(scene: Scene) -> object:
    scene.closed("one")
    return scene.ask("again", "one@example.com").get("FailureReason") == "EMAIL_ALREADY_EXISTS"


def _tags_arrive(scene: Scene) -> object:
    account = scene.member_account(Tags=[{"Key": "a", "Value": "b"}])
    return scene.org.list_tags_for_resource(ResourceId=account)["Tags"] == [{"Key": "a", "Value": "b"}]


def _six_at_once(scene: Scene) -> object:
    return [scene.org.create_account(AccountName="n", Email=f"n{number}@example.com") for number in range(6)]


def _statuses(scene: Scene) -> object:
    first = scene.ask("one")
    second = scene.org.create_account(AccountName="two", Email="two@example.com")["CreateAccountStatus"]
    listed = scene.org.list_create_account_status(States=["IN_PROGRESS"])["CreateAccountStatuses"]
    everything = scene.org.list_create_account_status()["CreateAccountStatuses"]
    return [row["Id"] for row in listed] == [second["Id"]] and {row["Id"] for row in everything} == {
        first["Id"],
        second["Id"],
    }


def _move(scene: Scene, source: str | None = None, destination: str | None = None, account: str | None = None) -> Any:
    return scene.org.move_account(
        AccountId=account or scene.member_account(),
        SourceParentId=source or scene.root,
        DestinationParentId=destination or scene.unit("destination"),
    )


def _wrong_source(scene: Scene) -> object:
    return _move(scene, source=scene.unit("elsewhere"))


def _same_place(scene: Scene) -> object:
    return _move(scene, destination=scene.root)


def _already_there(scene: Scene) -> object:
    account, unit = scene.member_account(), scene.unit()
    _move(scene, destination=unit, account=account)
    return _move(scene, destination=unit, account=account)


def _moved(scene: Scene) -> object:
    account, unit = scene.member_account(), scene.unit()
    _move(scene, destination=unit, account=account)
    listed = scene.org.list_accounts_for_parent(ParentId=unit)["Accounts"]
    return [row["Id"] for row in listed] == [account]


def _paths(scene: Scene) -> object:
    account, unit = scene.member_account(), scene.unit()
    _move(scene, destination=unit, account=account)
    organization = scene.org.describe_organization()["Organization"]["Id"]
    return scene.described(account).get("Paths") == [f"{organization}/{scene.root}/{unit}/{account}/"]


def _closing(scene: Scene) -> object:
    account = scene.member_account()
    scene.org.close_account(AccountId=account)
    return scene.described(account)["State"] == "PENDING_CLOSURE"


def _closed(scene: Scene) -> object:
    shown = scene.described(scene.closed())
    return (shown["State"], shown["Status"]) == ("CLOSED", "SUSPENDED")


def _closed_keeps_place(scene: Scene) -> object:
    account, unit = scene.member_account(), scene.unit()
    _move(scene, destination=unit, account=account)
    scene.org.close_account(AccountId=account)
    scene.wait(89 * 86400)
    return scene.org.list_parents(ChildId=account)["Parents"][0]["Id"] == unit


def _closed_vanishes(scene: Scene) -> object:
    account = scene.closed()
    scene.wait(91 * 86400)
    return scene.org.describe_account(AccountId=account)


def _close_twice(scene: Scene) -> object:
    return scene.org.close_account(AccountId=scene.closed())


def _close_four_at_once(scene: Scene) -> object:
    accounts = [scene.member_account(f"n{number}") for number in range(4)]
    return [scene.org.close_account(AccountId=account) for account in accounts]


def _close_too_many(scene: Scene) -> object:
    return [scene.closed("a"), scene.closed("b"), scene.closed("c")]


def _renamed(scene: Scene) -> object:
    account = scene.member_account()
    scene.account.put_account_name(AccountId=account, AccountName="other")
    return scene.described(account)["Name"] == "other"


def _rename_self(scene: Scene) -> object:
    scene.account.put_account_name(AccountName="boss")
    return scene.described(scene.me)["Name"] == "boss"


def _information(scene: Scene) -> object:
    account = scene.member_account()
    shown = scene.account.get_account_information(AccountId=account)
    return (shown["AccountId"], shown["AccountName"], shown["AccountState"]) == (account, "one", "ACTIVE")


CREATE, MOVE, CLOSE = api("CreateAccount"), api("MoveAccount"), api("CloseAccount")
RENAME = "Account Management API reference, PutAccountName"

RULES = (
    Rule("a creation is in progress first", CREATE, _in_progress),
    Rule("an account in progress is not listed", CREATE, _not_listed_yet),
    Rule("a new account lands in the root", guide("Creating a member account"), _lands_in_root, moto=True),
    Rule("an e-mail used twice", CREATE, _fails("EMAIL_ALREADY_EXISTS", "a@example.com", "a@example.com")),
    Rule("an e-mail used twice in other letters", CREATE, _fails("EMAIL_ALREADY_EXISTS", "a@b.com", "A@B.com")),
    Rule("the e-mail of a closed account", guide("Closing a member account"), _closed_email),
    Rule("an e-mail that begins with a dot", CREATE, _fails("INVALID_EMAIL", ".dot@example.com")),
    Rule("an e-mail with an ampersand", CREATE, _fails("INVALID_EMAIL", "a&b@example.com")),
    Rule("an e-mail whose domain ends in a dot", CREATE, _fails("INVALID_EMAIL", "a@example.com.")),
    Rule(
        "an e-mail without a domain",
        CREATE,
        lambda s: s.ask(email="nobody@nowhere"),
        "InvalidInputException",
        "INVALID_PATTERN",
    ),
    Rule(
        "an e-mail of 65 characters",
        CREATE,
        lambda s: s.ask(email=f"{'x' * 53}@example.com"),
        "InvalidInputException",
        "MAX_LENGTH_EXCEEDED",
    ),
    Rule(
        "an account name of 51 characters",
        CREATE,
        lambda s: s.ask("n" * 51, "n@example.com"),
        "InvalidInputException",
        "MAX_LENGTH_EXCEEDED",
    ),
    Rule(
        "an account name beyond ASCII",
        CREATE,
        lambda s: s.ask("Zürich", "z@example.com"),
        "InvalidInputException",
        "INVALID_PATTERN",
    ),
    Rule("tags given at creation", CREATE, _tags_arrive, moto=True),
    Rule(
        "one bad tag refuses the creation",
        CREATE,
        lambda s: s.ask(Tags=[{"Key": "good", "Value": "1"}, {"Key": "aws:bad", "Value": "1"}]),
        "InvalidInputException",
        "INVALID_SYSTEM_TAGS_PARAMETER",
    ),
    Rule(
        "a reserved role name",
        CREATE,
        lambda s: s.ask(RoleName="AWSServiceRoleForFun"),
        "InvalidInputException",
        "INVALID_ROLE_NAME",
    ),
    Rule(
        "six creations at once",
        QUOTAS,
        _six_at_once,
        "ConstraintViolationException",
        "ACCOUNT_CREATION_RATE_LIMIT_EXCEEDED",
    ),
    Rule(
        "an account when the organization is full",
        QUOTAS,
        lambda s: (s.ask("a"), s.ask("b")),
        "ConstraintViolationException",
        "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
        limits=(("organizations.accounts", 2),),
    ),
    Rule(
        "a closed account counts against the quota",
        QUOTAS,
        lambda s: (s.closed("a"), s.ask("b")),
        "ConstraintViolationException",
        "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
        limits=(("organizations.accounts", 2),),
    ),
    Rule(
        "the status of an unknown creation",
        api("DescribeCreateAccountStatus"),
        lambda s: s.org.describe_create_account_status(CreateAccountRequestId="car-00000000"),
        "CreateAccountStatusNotFoundException",
    ),
    Rule("creations listed by state", api("ListCreateAccountStatus"), _statuses),
    Rule("a move from the wrong parent", MOVE, _wrong_source, "SourceParentNotFoundException"),
    Rule("a move to where it is", MOVE, _same_place, "DuplicateAccountException"),
    Rule("a move repeated", MOVE, _already_there, "DuplicateAccountException"),
    Rule(
        "a move to a parent that is not there",
        MOVE,
        lambda s: _move(s, destination="ou-abcd-12345678"),
        "DestinationParentNotFoundException",
    ),
    Rule(
        "a move of an account that is not there",
        MOVE,
        lambda s: _move(s, account=NOBODY),
        "AccountNotFoundException",
        moto=True,
    ),
    Rule(
        "a move of a closed account",
        "the sandbox's choice: AWS documents no error of its own",
        lambda s: _move(s, account=s.closed()),
        "InvalidInputException",
        "TARGET_NOT_SUPPORTED",
    ),
    Rule("a move", MOVE, _moved, moto=True),
    Rule("an account's paths", api("ListAccounts"), _paths),
    Rule("closing takes a while", CLOSE, _closing),
    Rule("a closed account's state and status", guide("Monitor the state of your AWS accounts"), _closed),
    Rule("a closed account keeps its place", guide("Closing a member account"), _closed_keeps_place, moto=True),
    Rule(
        "a closed account is gone after 90 days",
        guide("Closing a member account"),
        _closed_vanishes,
        "AccountNotFoundException",
    ),
    Rule("closing twice", CLOSE, _close_twice, "AccountAlreadyClosedException", moto=True),
    Rule(
        "closing the management account",
        CLOSE,
        lambda s: s.org.close_account(AccountId=s.me),
        "ConstraintViolationException",
        "CANNOT_CLOSE_MANAGEMENT_ACCOUNT",
    ),
    Rule(
        "closing an account that is not there",
        CLOSE,
        lambda s: s.org.close_account(AccountId=NOBODY),
        "AccountNotFoundException",
        moto=True,
    ),
    Rule(
        "four closures at once",
        QUOTAS,
        _close_four_at_once,
        "ConstraintViolationException",
        "CLOSE_ACCOUNT_REQUESTS_LIMIT_EXCEEDED",
    ),
    Rule(
        "more closures than the quota of 30 days",
        QUOTAS,
        _close_too_many,
        "ConstraintViolationException",
        "CLOSE_ACCOUNT_QUOTA_EXCEEDED",
        limits=(("organizations.closures", 2),),
    ),
    Rule("a member renamed", RENAME, _renamed),
    Rule("the management account renamed, its id left out", RENAME, _rename_self),
    Rule(
        "the management account named by its id",
        RENAME,
        lambda s: s.account.put_account_name(AccountId=s.me, AccountName="boss"),
        "ValidationException",
    ),
    Rule(
        "a name with angle brackets",
        RENAME,
        lambda s: s.account.put_account_name(AccountName="<boss>"),
        "ValidationException",
    ),
    Rule(
        "renaming an account of another organization",
        RENAME,
        lambda s: s.account.put_account_name(AccountId=NOBODY, AccountName="x"),
        "AccessDeniedException",
    ),
    Rule("account information", "Account Management API reference, GetAccountInformation", _information),
)
