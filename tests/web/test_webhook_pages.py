"""Webhooks on pages: set up with the secret shown once, tested, paused, removed."""

import re

from api.edge import Edge
from tests.api.world import World
from tests.web.people import admit, signed_in
from tests.web.visitors import hidden


async def test_a_webhook_is_set_up_tested_and_removed(app: Edge, world: World) -> None:
    home = f"/programmes/{world.programme.public_id}/staff/webhooks"
    async with signed_in(app, await admit(world, "programme_accountant")) as browser:
        page = await browser.get(home)
        assert "积分核销" in page.text
        assert "付款批准" not in page.text, "a programme pays nobody"
        wrong = {"url": "http://10.0.0.1/", "events": "member.enrolled"}
        refused = await browser.post(home, data=hidden(page) | wrong)
        assert refused.status_code == 422
        assert "只能用 https" in refused.text
        assert 'value="http://10.0.0.1/"' in refused.text
        good = {"url": "https://erp.example.com/hooks", "events": "member.enrolled"}
        sent = hidden(refused) | good
        made = await browser.post(home, data=sent)
        assert made.status_code == 200, made.text
        assert len(re.findall(r"whsec_[\w-]{40,}", made.text)) == 1
        again = await browser.post(home, data=sent)
        assert "whsec_" not in again.text
        listed = await browser.get(home)
        (one,) = set(re.findall(rf'href="({home}/[0-9a-f-]+)"', listed.text))
        page = await browser.get(one)
        assert "whsec_" not in page.text
        assert (await browser.post(one, data=hidden(page) | {"act": "ping"})).status_code == 303
        page = await browser.get(one)
        assert "待投递" in page.text
        (delivery,) = set(re.findall(r'name="delivery" value="([^"]+)"', page.text))
        replayed = {"act": "replay", "delivery": delivery}
        assert (await browser.post(one, data=hidden(page) | replayed)).status_code == 303
        rotated = await browser.post(one, data=hidden(await browser.get(one)) | {"act": "rotate"})
        assert len(re.findall(r"whsec_[\w-]{40,}", rotated.text)) == 1
        for act, words in (("pause", "已暂停"), ("resume", "使用中")):
            page = await browser.get(one)
            await browser.post(one, data=hidden(page) | {"act": act})
            assert words in (await browser.get(one)).text
        page = await browser.get(one)
        assert "移除后不能恢复" in page.text
        assert (await browser.post(one, data=hidden(page) | {"act": "remove"})).status_code == 303
        assert "还没有回调地址" in (await browser.get(home)).text
        assert (await browser.get(one)).status_code == 404
